//! Every fuzz target, for a bounded number of inputs: those that are kept in `inputs`, and generated ones.
//!
//! The inputs are the same in every run. `RELYANT_FUZZ_SEED` (a number) chooses others, `PROPTEST_CASES` more of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on fails"
)]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use relyant_fuzzing::{TARGETS, find};

const CASES: u32 = 2_000;

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*
        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets! {
    base64url, json, jws, jws_header, mac, jwe, jwe_header, jwk_set, private_jwk, pem, seal, issuer, metadata, callback,
    transaction, token_response, refresh_response, id_token, numeric_date, userinfo, logout_token,
    front_channel_logout, access_token, introspection, pushed_response, claim_source, policy_document, claim_path,
}

#[test]
fn every_target_is_tested_and_has_a_program_for_the_fuzzer() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, TESTED);
    let fuzz = root().join("../../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for name in names {
        let program = fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("\"{name}\"")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

fn run(name: &str) {
    let target = find(name).unwrap();
    for line in inputs(name) {
        let bytes = bytes(&line);
        let holds = std::panic::catch_unwind(|| (target.run)(&bytes));
        assert!(holds.is_ok(), "{name}: {line} of inputs/{name}.txt fails");
    }
    generate(name, target.run);
}

fn generate(name: &str, run: fn(&[u8])) {
    let seed = env::var("RELYANT_FUZZ_SEED").map_or(0, |seed| seed.parse::<u64>().unwrap());
    let config = Config {
        cases: env::var("PROPTEST_CASES").map_or(CASES, |cases| cases.parse().unwrap()),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed_bytes(seed));
    let inputs = prop_oneof![vec(any::<u8>(), 0..24), vec(any::<u8>(), 0..160)];
    let outcome = TestRunner::new_with_rng(config, rng).run(&inputs, |bytes| {
        run(&bytes);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, bytes)) => panic!(
            "{name}, seed {seed}: {reason}\nkeep it in crates/relyant-fuzzing/inputs/{name}.txt: {}",
            hex(&bytes)
        ),
        Err(TestError::Abort(reason)) => panic!("{name}, seed {seed}: {reason}"),
    }
}

fn seed_bytes(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// The kept inputs of a target: what reaches different code, and what once failed.
fn inputs(name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(format!("inputs/{name}.txt"))).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
