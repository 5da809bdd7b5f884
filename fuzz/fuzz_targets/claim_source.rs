//! The target `claim_source` of relyant-fuzzing, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relyant_fuzzing::run("claim_source", bytes));
