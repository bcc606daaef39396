#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gander::oracle::scenario(data));
