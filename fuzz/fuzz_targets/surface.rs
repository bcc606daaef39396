#![no_main]
gander_fuzz::choices!(gander::oracle::surface);
