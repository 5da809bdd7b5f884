//! The JOSE vectors of Project Wycheproof that concern signatures and keys: every valid one taken, every invalid one refused.
//!
//! They lie beside the workspace, in `../shared/vectors`; without that folder the test says that it skipped. Four labels are
//! corrected: two "invalid" tokens are byte for byte a valid one (left out); two "valid" ones contain a `?`, which RFC 7515 §2
//! forbids. Four "valid" tokens contradict the algorithm that their key names: they are counted apart, and must be refused.

use std::fs;
use std::path::Path;

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{Value, parse};
use relyant_jose::jwk::JwkError;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::mac::MacKeys;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/vectors/wycheproof"
);

/// Byte for byte the valid token 357.
const SAME_AS_A_VALID_ONE: [u64; 2] = [367, 370];
/// Labelled valid, with a character that isn't base64url.
const NOT_BASE64URL: [u64; 2] = [372, 373];
/// Labelled valid, with another algorithm than the key's, or a key of the algorithm "ES521", which doesn't exist.
const CONTRADICTS_THE_KEY: [u64; 4] = [346, 347, 350, 351];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Valid,
    Invalid,
    Contradictory,
}

#[derive(Debug, PartialEq, Eq, Default)]
struct Score {
    valid: usize,
    valid_taken: usize,
    invalid: usize,
    invalid_taken: usize,
    contradictory: usize,
    contradictory_taken: usize,
}

impl Score {
    fn count(&mut self, label: Label, taken: bool) {
        let (count, count_taken) = match label {
            Label::Valid => (&mut self.valid, &mut self.valid_taken),
            Label::Invalid => (&mut self.invalid, &mut self.invalid_taken),
            Label::Contradictory => (&mut self.contradictory, &mut self.contradictory_taken),
        };
        *count += 1;
        *count_taken += usize::from(taken);
    }
}

// JO-05, JO-06, JO-07, JO-08, JO-09, JO-10
#[test]
fn every_vector_of_signatures_and_keys() {
    if is_skipped() {
        return;
    }
    let mut score = Score::default();
    for file in [
        "json_web_signature_test.json",
        "json_web_key_test.json",
        "json_web_crypto_test.json",
    ] {
        run(file, &mut score);
    }
    let expected = Score {
        valid: 49,
        valid_taken: 49,
        invalid: 421,
        invalid_taken: 0,
        contradictory: 4,
        contradictory_taken: 0,
    };
    assert_eq!(score, expected);
}

// JO-07
#[test]
fn weak_rsa_keys_are_skipped_for_the_reason_of_their_group() {
    if is_skipped() {
        return;
    }
    let groups = groups("json_web_key_test.json");
    for (name, reason) in [
        ("jws_rsa_roca_key", JwkError::RsaWeakGenerator),
        ("keysize_too_small", JwkError::RsaModulusSize { bits: 1024 }),
        ("exponentOne", JwkError::RsaExponent),
    ] {
        let group = groups.iter().find(|group| group["comment"] == name);
        let keys = JwkSet::parse(group.unwrap()["public"].to_string().as_bytes()).unwrap();
        assert_eq!(keys.skipped()[0].reason, reason, "{name}");
    }
}

fn is_skipped() -> bool {
    let skipped = !Path::new(FOLDER).is_dir();
    #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
    if skipped {
        eprintln!("SKIPPED: no Wycheproof vectors in {FOLDER}");
    }
    skipped
}

fn groups(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(Path::new(FOLDER).join(file)).unwrap();
    let document = parse(text.as_bytes()).unwrap();
    document["testGroups"].as_array().unwrap().clone()
}

fn run(file: &str, score: &mut Score) {
    for group in groups(file) {
        for vector in group["tests"].as_array().unwrap() {
            // A vector of the JSON serialization is an object, and handed over as its text.
            let token = match &vector["jws"] {
                Value::Null => continue,
                Value::String(token) => token.clone(),
                object => object.to_string(),
            };
            let id = vector["tcId"].as_u64().unwrap();
            if let Some(label) = label(file, id, vector["result"].as_str().unwrap()) {
                let accepted = is_taken(&group, &token);
                assert_eq!(
                    accepted,
                    label == Label::Valid,
                    "{file} {id}: {}",
                    vector["comment"]
                );
                score.count(label, accepted);
            }
        }
    }
}

/// The label as it should be; none for the two vectors that are left out.
fn label(file: &str, id: u64, result: &str) -> Option<Label> {
    if file == "json_web_signature_test.json" {
        if SAME_AS_A_VALID_ONE.contains(&id) {
            return None;
        }
        if NOT_BASE64URL.contains(&id) {
            return Some(Label::Invalid);
        }
        if CONTRADICTS_THE_KEY.contains(&id) {
            return Some(Label::Contradictory);
        }
    }
    Some(if result == "valid" {
        Label::Valid
    } else {
        Label::Invalid
    })
}

/// Whether the group's keys take the token: public keys as a published set, secrets as a set of our own.
fn is_taken(group: &Value, token: &str) -> bool {
    let keys = group.get("public").unwrap_or(&group["private"]);
    let keys = if keys.get("keys").is_some() {
        keys.clone()
    } else {
        serde_json::json!({ "keys": [keys] })
    };
    let text = keys.to_string();
    let members = keys["keys"].as_array().unwrap();
    if members.iter().all(|key| key["kty"] == "oct") {
        return MacKeys::parse(text.as_bytes()).is_ok_and(|keys| keys.verify(token).is_ok());
    }
    // The caller pins the algorithms that the keys name.
    let named = members
        .iter()
        .filter_map(|key| SignatureAlgorithm::from_name(key["alg"].as_str()?));
    let allowed: Vec<SignatureAlgorithm> = named.collect();
    let allowed = if allowed.is_empty() {
        SignatureAlgorithm::ALL
    } else {
        &allowed
    };
    let keys = JwkSet::parse(text.as_bytes());
    keys.is_ok_and(|keys| {
        UnverifiedJws::parse(token).is_ok_and(|token| token.verify(&keys, allowed).is_ok())
    })
}
