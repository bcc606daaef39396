#![no_main]
gander_fuzz::choices!(gander::oracle::http_framing);
