//! The target `access_token` of relyant-fuzzing, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relyant_fuzzing::run("access_token", bytes));
