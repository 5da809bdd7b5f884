//! The target `id_token` of relyant-fuzzing, under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relyant_fuzzing::run("id_token", bytes));
