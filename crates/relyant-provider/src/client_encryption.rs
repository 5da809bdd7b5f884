//! Encrypts to the client: to a key that it publishes, or by the secret that both sides know. Core §10.2, RFC 7516 §5.1.

use relyant_jose::digest;
use relyant_jose::json;
use relyant_jose::jwe::{EncryptError, EncryptionKey, KeyManagementAlgorithm};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::forgery;
use crate::misbehaviour::{Misbehaviour, Misbehaviours};
use crate::provider::Provider;
use crate::response_algorithms::Encryption;

type Object = Map<String, Value>;

/// An ID token or a logout token as the client is registered to get it, or what a misbehaviour makes of it.
pub(crate) async fn of_token(provider: &Provider, token: String) -> Result<String, Failure> {
    match provider.response_algorithms().of_id_tokens() {
        Some(encryption) => encrypt_token(provider, encryption, &token).await,
        None => Ok(token),
    }
}

/// A signed token, encrypted. RFC 7519 §5.2: the header says that a token is inside.
pub(crate) async fn encrypt_token(
    provider: &Provider,
    encryption: Encryption,
    token: &str,
) -> Result<String, Failure> {
    let misbehaviours = provider.misbehaviours();
    let mut header = odd_header(&misbehaviours);
    header.insert("cty".to_owned(), "JWT".into());
    let content = if misbehaviours.has(Misbehaviour::EncryptedUnsigned) {
        forgery::payload(token)
    } else {
        token.as_bytes().to_vec()
    };
    let encrypted = encrypt(provider, encryption, &content, &header).await?;
    Ok(spoilt(encrypted, &misbehaviours))
}

/// Claims that nobody signed, encrypted. Core §5.3.2.
pub(crate) async fn encrypt_claims(
    provider: &Provider,
    encryption: Encryption,
    claims: &Value,
) -> Result<String, Failure> {
    let misbehaviours = provider.misbehaviours();
    let (content, header) = (claims.to_string(), odd_header(&misbehaviours));
    let encrypted = encrypt(provider, encryption, content.as_bytes(), &header).await?;
    Ok(spoilt(encrypted, &misbehaviours))
}

async fn encrypt(
    provider: &Provider,
    Encryption { algorithm, content }: Encryption,
    plaintext: &[u8],
    header: &Object,
) -> Result<String, Failure> {
    if algorithm == KeyManagementAlgorithm::Direct {
        // Core §10.2: the left-most octets of the secret's hash, as many as the content's algorithm needs.
        let key = digest::left(provider.client.secret().as_bytes(), content.key_bytes());
        return Ok(EncryptionKey::shared(&key).encrypt(algorithm, content, plaintext, header)?);
    }
    for key in published(provider, algorithm).await? {
        match key.encrypt(algorithm, content, plaintext, header) {
            Err(EncryptError::AlgorithmMismatch { .. }) => {}
            encrypted => return Ok(encrypted?),
        }
    }
    Err(Failure::NoClientKey(algorithm))
}

/// The keys that the client publishes for this algorithm, or for no algorithm in particular.
async fn published(
    provider: &Provider,
    algorithm: KeyManagementAlgorithm,
) -> Result<Vec<EncryptionKey>, Failure> {
    let own = provider.response_algorithms().encryption_jwks_uri;
    let uri = own.or_else(|| provider.client_jwks_uri());
    let missing = Failure::NoClientKey(algorithm);
    let answer = match uri {
        Some(uri) => uri.get().await,
        None => None,
    };
    let Some(answer) = answer.filter(|answer| answer.status == 200) else {
        return Err(missing);
    };
    let document = json::parse_object(&answer.body).map_err(|_| missing)?;
    let keys = document.get("keys").and_then(Value::as_array);
    let meant = |jwk: &&Object| {
        let named = jwk.get("alg").and_then(Value::as_str);
        named.is_none_or(|name| name == algorithm.name())
    };
    Ok(keys
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .filter(meant)
        .filter_map(|jwk| EncryptionKey::from_jwk(jwk).ok())
        .collect())
}

/// Header members that replace the honest ones.
fn odd_header(misbehaviours: &Misbehaviours) -> Object {
    let mut header = Object::new();
    if misbehaviours.has(Misbehaviour::EncryptedRsa15) {
        header.insert("alg".to_owned(), "RSA1_5".into());
    }
    if misbehaviours.has(Misbehaviour::EncryptedUnknownKid) {
        header.insert("kid".to_owned(), "of-no-published-key".into());
    }
    header
}

fn spoilt(encrypted: String, misbehaviours: &Misbehaviours) -> String {
    if misbehaviours.has(Misbehaviour::EncryptedTampered) {
        forgery::tampered(&encrypted)
    } else {
        encrypted
    }
}
