//! The verdict of this crate on tokens: one JSON object a line in, one a line out. `tests/differential` compares it with others.
//!
//! In: `token`, `keys` (a JWK Set) and `kind`: `signed` with the algorithms that are `allowed`, `authenticated` by a shared
//! secret, or `encrypted`. Out: `taken`, the content in base64url, or `refused`, the reason.

use std::error::Error;
use std::io::{self, BufRead, Write};

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::{Object, Value, parse_object};
use relyant_jose::jwe::{DecryptionKey, DecryptionKeys, EncryptedJwe};
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::mac::MacKeys;

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let question: Object = serde_json::from_str(&line?)?;
        let mut answer = Object::new();
        match verdict(&question) {
            Ok(content) => answer.insert("taken".to_owned(), base64url::encode(&content).into()),
            Err(reason) => answer.insert("refused".to_owned(), reason.to_string().into()),
        };
        writeln!(output, "{}", Value::Object(answer))?;
    }
    Ok(())
}

fn verdict(question: &Object) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = |name: &str| {
        question
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (token, keys) = (text("token"), text("keys"));
    match text("kind") {
        "signed" => {
            let keys = JwkSet::parse(keys.as_bytes())?;
            let verified = UnverifiedJws::parse(token)?.verify(&keys, &allowed(question))?;
            Ok(verified.payload().to_vec())
        }
        "authenticated" => Ok(MacKeys::parse(keys.as_bytes())?
            .verify(token)?
            .payload()
            .to_vec()),
        "encrypted" => {
            let opened = EncryptedJwe::parse(token)?.decrypt(&decryption_keys(keys)?)?;
            Ok(opened
                .nested()
                .ok_or("content that is not text")?
                .as_bytes()
                .to_vec())
        }
        other => Err(format!("kind `{other}`, expected signed, authenticated or encrypted").into()),
    }
}

fn allowed(question: &Object) -> Vec<SignatureAlgorithm> {
    let names = question
        .get("allowed")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    names
        .filter_map(|name| SignatureAlgorithm::from_name(name.as_str()?))
        .collect()
}

/// The private keys of a set; a secret (`oct`) is one that both sides know.
fn decryption_keys(set: &str) -> Result<DecryptionKeys, Box<dyn Error>> {
    let document = parse_object(set.as_bytes())?;
    let keys = document
        .get("keys")
        .and_then(Value::as_array)
        .ok_or("`keys` is not an array")?;
    let parsed = keys.iter().map(|key| {
        let jwk = key.as_object().ok_or("key that is not an object")?;
        Ok(DecryptionKey::from_jwk(jwk)?)
    });
    parsed
        .collect::<Result<Vec<_>, Box<dyn Error>>>()
        .map(DecryptionKeys::new)
}
