//! The target `base64url` of relyant-fuzzing, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relyant_fuzzing::run("base64url", bytes));
