//! Headers of encrypted tokens, each over contents rightly encrypted: what a header may say, by a reading of its own.

use relyant_jose::base64url;
use relyant_jose::jwe::{DecryptionKey, DecryptionKeys, EncryptedJwe};
use relyant_jose::limits::MAX_TOKEN_BYTES;
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::keys::{SHARED, encrypt_header};
use crate::mutate;
use crate::spell::spell;

/// RFC 7516 §4.1 and RFC 7797: members that make any token unacceptable here.
const REFUSED: &[&str] = &["crit", "b64", "zip", "jku", "jwk", "x5u", "x5c"];

/// A mutated header in one of its spellings. The token opens where the header allows it, and nowhere else.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = json!({"alg": "dir", "enc": "A256GCM", "cty": "JWT", "typ": "JWT", "apu": "QQ", "apv": "Qg"});
    let header = mutate::value(&plain, &mut choices);
    let spelling = spell(&header, &mut choices);
    let token = encrypt_header(&spelling.text, b"beer");
    let keys = DecryptionKeys::new(vec![DecryptionKey::shared(&SHARED)]);
    let verdict = EncryptedJwe::parse(&token).and_then(|token| token.decrypt(&keys));
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
    let is_text = |name: &&str| members.get(*name).is_none_or(Value::is_string);
    let is_octets = |name: &&str| {
        let value = members.get(*name);
        value.is_none_or(|value| {
            value
                .as_str()
                .is_some_and(|text| base64url::decode(text).is_ok())
        })
    };
    members.get("alg").is_some_and(|alg| alg == "dir")
        && members.get("enc").is_some_and(|enc| enc == "A256GCM")
        // The shared secret has no name that a header could mean.
        && !members.contains_key("kid")
        && ["typ", "cty"].iter().all(is_text)
        && ["apu", "apv"].iter().all(is_octets)
        && members.get("epk").is_none_or(|epk| epk.as_object().is_some_and(|jwk| !jwk.contains_key("d")))
        && !REFUSED.iter().any(|name| members.contains_key(*name))
}
