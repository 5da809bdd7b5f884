//! The target `pushed_response` of relyant-fuzzing, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relyant_fuzzing::run("pushed_response", bytes));
