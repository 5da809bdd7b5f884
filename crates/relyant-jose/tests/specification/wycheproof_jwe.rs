//! The JOSE vectors of Project Wycheproof that concern encryption: every valid one of our algorithms taken, every invalid one refused.
//!
//! They lie beside the workspace, in `../shared/vectors`; without that folder the test says that it skipped. Valid tokens of the
//! algorithms that are refused on purpose are counted by the reason, and one whose key contradicts the token is left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use relyant_jose::header::HeaderError;
use relyant_jose::json::{Value, parse};
use relyant_jose::jwe::{DecryptedJwe, DecryptionKey, DecryptionKeys, EncryptedJwe, JweError};

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/vectors/wycheproof"
);
const FILES: [&str; 2] = ["json_web_encryption_test.json", "json_web_crypto_test.json"];

/// In the first file, a key for A128GCM and a token that says `dir`: both answers are right.
const CONTRADICTS_THE_KEY: u64 = 132;

/// Valid tokens that are refused: how many of which algorithm. `zip` is refused with any.
const REFUSED_ON_PURPOSE: [(&str, usize); 10] = [
    ("A128GCMKW", 1),
    ("A128KW", 2),
    ("A192GCMKW", 1),
    ("A192KW", 1),
    ("A256GCMKW", 4),
    ("A256KW", 8),
    ("ECDH-ES+A192KW", 2),
    ("RSA1_5", 8),
    ("zip", 1),
    ("total", 28),
];

// JO-12, JO-13, JO-14, JO-17, JO-19
// RFC 7518 §5.2.2.1, RFC 8410 §7
#[test]
fn every_vector_of_encryption() {
    let Some(groups) = groups() else { return };
    let (mut opened, mut invalid) = (0, 0);
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    for group in groups {
        for vector in group["tests"].as_array().unwrap() {
            // A vector of the JSON serialization is an object, and handed over as its text.
            let token = match &vector["jwe"] {
                Value::Null => continue,
                Value::String(token) => token.clone(),
                object => object.to_string(),
            };
            if group["comment"] == "rfc_7520" && vector["tcId"] == CONTRADICTS_THE_KEY {
                continue;
            }
            let outcome = open(&group["private"], &token);
            match (vector["result"].as_str().unwrap(), outcome) {
                ("valid", Ok(content)) => {
                    let expected = vector["pt"].as_str();
                    assert!(expected.is_none_or(|pt| pt == hex(content.nested().unwrap())));
                    opened += 1;
                }
                ("valid", Err(reason)) => *refused.entry(purpose(reason)).or_default() += 1,
                (_, outcome) => {
                    assert!(outcome.is_err(), "taken: {vector}");
                    invalid += 1;
                }
            }
        }
    }
    refused.insert("total".to_owned(), refused.values().sum());
    let expected = REFUSED_ON_PURPOSE.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(refused, BTreeMap::from(expected));
    assert_eq!((opened, invalid), (38, 106));
}

fn groups() -> Option<Vec<Value>> {
    if !Path::new(FOLDER).is_dir() {
        #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
        {
            eprintln!("SKIPPED: no Wycheproof vectors in {FOLDER}");
        }
        return None;
    }
    let groups = FILES.map(|file| {
        let text = fs::read_to_string(Path::new(FOLDER).join(file)).unwrap();
        let document = parse(text.as_bytes()).unwrap();
        document["testGroups"].as_array().unwrap().clone()
    });
    Some(groups.concat())
}

fn open(jwk: &Value, token: &str) -> Result<DecryptedJwe, JweError> {
    let key = DecryptionKey::from_jwk(jwk.as_object().unwrap()).map_err(|_| JweError::NoFittingKey);
    EncryptedJwe::parse(token)?.decrypt(&DecryptionKeys::new(vec![key?]))
}

/// The name of what was refused on purpose. Anything else is a fault of ours, and no name in the list.
fn purpose(reason: JweError) -> String {
    match reason {
        JweError::UnknownAlgorithm { got } => got,
        JweError::Header(HeaderError::Compressed) => "zip".to_owned(),
        other => other.to_string(),
    }
}

fn hex(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}
