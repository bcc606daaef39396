#![no_main]
gander_fuzz::choices!(gander::oracle::session_model);
