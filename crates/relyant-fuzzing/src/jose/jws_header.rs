//! Headers of signed tokens, each rightly signed: what a header may say, by a reading of its own.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::limits::MAX_TOKEN_BYTES;
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::keys::{ED25519_KEY, sign_header};
use crate::mutate;
use crate::spell::spell;

/// RFC 7515 §4.1, RFC 7516 §4.1.3 and §9, RFC 7797: members that make any token unacceptable here.
const REFUSED: &[&str] = &["crit", "b64", "zip", "enc", "jku", "jwk", "x5u", "x5c"];

/// A mutated header in one of its spellings. The token is taken where the header allows it, and nowhere else.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({"alg": "EdDSA", "kid": "ed", "typ": "JWT", "cty": "x"});
    let header = mutate::value(&plain, &mut choices);
    let spelling = spell(&header, &mut choices);
    let token = sign_header(&spelling.text, b"{}");
    let keys = json!({ "keys": [ED25519_KEY.public_jwk()] });
    let keys = JwkSet::parse(keys.to_string().as_bytes()).unwrap();
    let verdict =
        UnverifiedJws::parse(&token).and_then(|token| token.verify(&keys, SignatureAlgorithm::ALL));
    let expected = spelling.sound && is_allowed(&header) && token.len() <= MAX_TOKEN_BYTES;
    assert_eq!(
        verdict.is_ok(),
        expected,
        "{:?}: {}",
        verdict.err(),
        spelling.text
    );
}

fn is_allowed(header: &Value) -> bool {
    let Value::Object(members) = header else {
        return false;
    };
    let algorithm = members.get("alg").and_then(Value::as_str);
    matches!(algorithm, Some("EdDSA" | "Ed25519"))
        && members.get("kid").is_none_or(|kid| kid == "ed")
        && members.get("typ").is_none_or(Value::is_string)
        && !REFUSED.iter().any(|name| members.contains_key(*name))
}
