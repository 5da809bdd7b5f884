//! How the client gets its tokens and userinfo: signed by the key or by the secret, encrypted to it or not. Registration §2.

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::generate::{KeyKind, private_jwk};
use relyant_jose::json::{self, Object};
use relyant_jose::jwe::{DecryptedJwe, DecryptionKey, DecryptionKeys, EncryptedJwe, JweError};
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys};
use relyant_jose::{base64url, digest};
use serde_json::{Value, json};

use crate::client_keys::KeyServer;
use crate::http::Answer;
use crate::running::Running;

/// The misbehaviours of signed userinfo and of what is encrypted.
pub(crate) const NAMES: [&str; 7] = [
    "encrypted-unsigned",
    "encrypted-tampered",
    "encrypted-rsa1-5",
    "encrypted-unknown-kid",
    "userinfo-alg-none",
    "userinfo-wrong-issuer",
    "userinfo-wrong-audience",
];

/// A provider whose client publishes a key of this kind, and the key.
struct Encrypting {
    provider: Running,
    keys: DecryptionKeys,
    /// Serves the key for as long as the test runs.
    server: KeyServer,
}

impl Encrypting {
    fn to(kind: KeyKind) -> Self {
        let server = KeyServer::start();
        let private = private_jwk(kind).unwrap();
        let key = DecryptionKey::from_jwk(&private).unwrap();
        server.publish_jwks(&[key.public_jwk().unwrap().clone()]);
        Self {
            provider: Running::start(&["--encryption-jwks-uri", &server.uri]),
            keys: DecryptionKeys::new(vec![key]),
            server,
        }
    }

    fn register(&self, mut members: Value) {
        members["encryption_jwks_uri"] = json!(self.server.uri);
        register(&self.provider, &members);
    }

    fn open(&self, token: &str) -> Result<DecryptedJwe, JweError> {
        EncryptedJwe::parse(token)?.decrypt(&self.keys)
    }
}

fn register(provider: &Running, members: &Value) {
    let answer = provider.control("response-algorithms", &members.to_string());
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// The ID token of a login, and the userinfo that comes with its access token.
fn log_in(provider: &Running) -> (String, Answer) {
    let tokens = provider.redeem(&provider.click("carol").sent_back("code")[0], ("", ""));
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    let tokens = tokens.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (text("id_token"), provider.userinfo(&text("access_token")))
}

/// The claims of a token that the provider signed.
fn signed(provider: &Running, token: &str) -> Object {
    let keys = JwkSet::parse(&provider.jwks().body).unwrap();
    let jws = UnverifiedJws::parse(token).unwrap();
    let verified = jws.verify(&keys, &[SignatureAlgorithm::Rs256]).unwrap();
    verified.claims().unwrap()
}

fn header(token: &str) -> Object {
    let first = token.split('.').next().unwrap();
    json::parse_object(&base64url::decode(first).unwrap()).unwrap()
}

fn jwt(answer: &Answer) -> &str {
    assert_eq!(answer.header("content-type"), Some("application/jwt"));
    answer.text()
}

#[test]
fn an_id_token_is_encrypted_by_each_algorithm_with_the_signed_one_inside() {
    for (kind, alg, enc) in [
        (KeyKind::RsaOaep, "RSA-OAEP", None),
        (KeyKind::RsaOaep256, "RSA-OAEP-256", Some("A256GCM")),
        (KeyKind::EcdhEs, "ECDH-ES", Some("A192CBC-HS384")),
        (KeyKind::EcdhEsA256Kw, "ECDH-ES+A256KW", Some("A128GCM")),
    ] {
        let encrypting = Encrypting::to(kind);
        let mut members = json!({ "id_token_encrypted_response_alg": alg });
        if let Some(enc) = enc {
            members["id_token_encrypted_response_enc"] = json!(enc);
        }
        encrypting.register(members);
        let (id_token, userinfo) = log_in(&encrypting.provider);
        let header = header(&id_token);
        assert_eq!(
            (&header["alg"], &header["enc"], &header["cty"]),
            (
                &json!(alg),
                &json!(enc.unwrap_or("A128CBC-HS256")),
                &json!("JWT")
            )
        );
        let opened = encrypting.open(&id_token).unwrap();
        let claims = signed(&encrypting.provider, opened.nested().unwrap());
        assert_eq!(claims["aud"], "beer");
        // Userinfo is registered on its own.
        assert_eq!(userinfo.json()["preferred_username"], "carol");
    }
}

#[test]
fn userinfo_is_signed_encrypted_or_both() {
    let encrypting = Encrypting::to(KeyKind::EcdhEs);
    let provider = &encrypting.provider;
    let encrypted = json!("ECDH-ES");
    encrypting.register(json!({ "userinfo_signed_response_alg": "RS256" }));
    let claims = signed(provider, jwt(&log_in(provider).1));
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(provider.issuer()), &json!("beer"))
    );
    encrypting.register(json!({ "userinfo_encrypted_response_alg": encrypted }));
    let (id_token, userinfo) = log_in(provider);
    assert_eq!(id_token.split('.').count(), 3);
    let opened = encrypting.open(jwt(&userinfo)).unwrap();
    assert_eq!(opened.header().cty, None);
    let claims = json::parse_object(opened.nested().unwrap().as_bytes()).unwrap();
    assert_eq!(claims["preferred_username"], "carol");
    encrypting.register(json!({
        "userinfo_signed_response_alg": "RS256", "userinfo_encrypted_response_alg": encrypted,
    }));
    let opened = encrypting.open(jwt(&log_in(provider).1)).unwrap();
    let claims = signed(provider, opened.nested().unwrap());
    assert_eq!(claims["preferred_username"], "carol");
    // A reset brings back what the command line said.
    provider.control("reset", "");
    assert_eq!(log_in(provider).1.json()["preferred_username"], "carol");
}

#[test]
fn the_secret_signs_and_encrypts_where_it_is_registered_for_that() {
    let secret = "s".repeat(48);
    let provider = Running::start_with_secret(&secret);
    register(
        &provider,
        &json!({
            "id_token_signed_response_alg": "HS384",
            "id_token_encrypted_response_alg": "dir",
            "id_token_encrypted_response_enc": "A256GCM",
        }),
    );
    let code = &provider.click("carol").sent_back("code")[0];
    let tokens = provider.redeem(code, ("client_secret", &secret)).json();
    let key = DecryptionKey::shared(&digest::left(secret.as_bytes(), 32));
    let id_token = tokens["id_token"].as_str().unwrap();
    let opened = EncryptedJwe::parse(id_token)
        .unwrap()
        .decrypt(&DecryptionKeys::new(vec![key]))
        .unwrap();
    let mac = MacKey::new(MacAlgorithm::Hs384, secret.as_bytes()).unwrap();
    let verified = MacKeys::from(mac).verify(opened.nested().unwrap()).unwrap();
    let claims = json::parse_object(verified.payload()).unwrap();
    let access_token = tokens["access_token"].as_str().unwrap();
    let half = digest::left_half(SignatureAlgorithm::Rs384, access_token.as_bytes());
    assert_eq!(claims["at_hash"], json!(base64url::encode(&half)));
}

#[test]
fn each_misbehaviour_of_userinfo_changes_the_token_alone() {
    let provider = Running::start(&[]);
    let slashed = format!("{}/", provider.issuer());
    for (name, claim, value) in [
        ("userinfo-wrong-issuer", "iss", slashed.as_str()),
        ("userinfo-wrong-audience", "aud", "another-client"),
    ] {
        provider.misbehave(&[name]);
        let claims = signed(&provider, jwt(&log_in(&provider).1));
        assert_eq!(claims[claim], value, "{name}");
    }
    provider.misbehave(&["userinfo-alg-none"]);
    let (_, userinfo) = log_in(&provider);
    assert_eq!(header(jwt(&userinfo))["alg"], "none");
    assert!(jwt(&userinfo).ends_with('.'));
}

#[test]
fn each_misbehaviour_of_encryption_concerns_what_is_encrypted_alone() {
    let encrypting = Encrypting::to(KeyKind::EcdhEs);
    let provider = &encrypting.provider;
    for name in NAMES.iter().filter(|name| name.starts_with("encrypted")) {
        provider.misbehave(&[name]);
        let (id_token, _) = log_in(provider);
        assert_eq!(signed(provider, &id_token)["aud"], "beer", "{name}");
    }
    encrypting.register(json!({ "id_token_encrypted_response_alg": "ECDH-ES" }));
    let misbehaving = |name: &str| {
        provider.misbehave(&[name]);
        log_in(provider).0
    };
    let unsigned = encrypting.open(&misbehaving("encrypted-unsigned")).unwrap();
    assert_eq!(unsigned.header().cty.as_deref(), Some("JWT"));
    assert!(json::parse_object(unsigned.nested().unwrap().as_bytes()).is_ok());
    let open = |token: &str| encrypting.open(token).map(|_| ());
    let got = "RSA1_5".to_owned();
    assert_eq!(
        open(&misbehaving("encrypted-rsa1-5")),
        Err(JweError::UnknownAlgorithm { got })
    );
    let kid = "of-no-published-key".to_owned();
    assert_eq!(
        open(&misbehaving("encrypted-unknown-kid")),
        Err(JweError::UnknownKid { kid })
    );
    assert_eq!(
        open(&misbehaving("encrypted-tampered")),
        Err(JweError::NotDecrypted)
    );
}

#[test]
fn without_a_key_of_the_client_there_is_no_token() {
    let encrypting = Encrypting::to(KeyKind::EcdhEs);
    for (members, words) in [
        (
            json!({ "id_token_encrypted_response_alg": "RSA-OAEP", "encryption_jwks_uri": encrypting.server.uri }),
            "no key for RSA-OAEP",
        ),
        (
            json!({ "id_token_encrypted_response_alg": "ECDH-ES" }),
            "no key for ECDH-ES",
        ),
    ] {
        register(&encrypting.provider, &members);
        let code = &encrypting.provider.click("carol").sent_back("code")[0];
        let answer = encrypting.provider.redeem(code, ("", ""));
        assert_eq!(answer.status, 500);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[test]
fn what_no_registration_could_say_is_refused() {
    let provider = Running::shared();
    for (members, words) in [
        (
            json!({ "id_token_signed_response_alg": "HS256" }),
            "HS256 needs a client secret of 32 bytes, got one of 11",
        ),
        (
            json!({ "userinfo_signed_response_alg": "none" }),
            "got `none`",
        ),
        (
            json!({ "userinfo_encrypted_response_enc": "A256GCM" }),
            "needs the `encrypted_response_alg`",
        ),
    ] {
        let answer = provider.control("response-algorithms", &members.to_string());
        assert_eq!(answer.status, 400);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(words), "{error}");
    }
}
