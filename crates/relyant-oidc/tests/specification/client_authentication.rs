//! Core §9, RFC 7523 §2.2 and §3: which method is used, and what a client assertion says.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::parse_object;
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::UnverifiedJws;
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys};
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::authorization::request::authorization_request;
use relyant_oidc::client_key::ClientKey;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::diagnosis::facts;
use relyant_oidc::error::{Configuration, Incompatible, Misbehaved};
use relyant_oidc::http::HttpRequest;
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use relyant_oidc::token::client_assertion::Freshness;
use relyant_oidc::token::client_authentication::ClientAuthentication;
use relyant_oidc::token::request::token_request;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, NOW, REDIRECT_URI, clipped, code, form, login, metadata_with, registration,
    remove,
};

const LONG_SECRET: &str = "one pint of a rather hoppy secret that has more than 64 bytes in all";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ALL_METHODS: [&str; 7] = [
    "none",
    "tls_client_auth",
    "client_secret_jwt",
    "client_secret_post",
    "client_secret_basic",
    "private_key_jwt",
    "self_signed_tls_client_auth",
];

static CLIENT_KEY: LazyLock<ClientKey> = LazyLock::new(|| signing_key().into());
static PUBLIC_KEYS: LazyLock<JwkSet> = LazyLock::new(|| {
    let set = json!({ "keys": [signing_key().public_jwk()] });
    JwkSet::parse(set.to_string().as_bytes()).unwrap()
});

/// The private key of RFC 7515 appendix A.3.1.
fn signing_key() -> SigningKey {
    let jwk = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
        "kid":"beer-1"}"#;
    SigningKey::from_jwk(&parse_object(jwk).unwrap(), None).unwrap()
}

fn client(secret: Option<&str>, key: Option<ClientKey>) -> ClientRegistration {
    ClientRegistration {
        client_secret: secret.map(Secret::new),
        client_keys: key.into_iter().collect(),
        ..registration()
    }
}

fn with_key() -> ClientRegistration {
    client(None, Some(CLIENT_KEY.clone()))
}

fn with_secret_jwt(secret: &str) -> ClientRegistration {
    ClientRegistration {
        client_auth: Some(ClientAuthentication::SecretJwt),
        ..client(Some(secret), None)
    }
}

fn offering(methods: &[&str]) -> ProviderMetadata {
    metadata_with(|it| it["token_endpoint_auth_methods_supported"] = json!(methods)).unwrap()
}

/// All methods, and assertions by these algorithms.
fn signing(algorithms: &Value) -> ProviderMetadata {
    metadata_with(|it| {
        it["token_endpoint_auth_methods_supported"] = json!(ALL_METHODS);
        it["token_endpoint_auth_signing_alg_values_supported"] = algorithms.clone();
    })
    .unwrap()
}

fn request_with(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
    freshness: Freshness,
) -> Result<HttpRequest, Error> {
    token_request(
        metadata,
        registration,
        REDIRECT_URI,
        &code(),
        &login(),
        freshness,
    )
}

fn request(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<HttpRequest, Error> {
    request_with(metadata, registration, Freshness::new([9; 32], NOW))
}

fn assertion(request: &HttpRequest) -> String {
    form(request)["client_assertion"].clone()
}

/// What somebody who knows our public key reads in the assertion.
fn verified(assertion: &str) -> Value {
    let jws = UnverifiedJws::parse(assertion).unwrap();
    let verified = jws
        .verify(&PUBLIC_KEYS, &[SignatureAlgorithm::Es256])
        .unwrap();
    verified.claims().unwrap().into()
}

fn header(assertion: &str) -> Value {
    let (header, _) = assertion.split_once('.').unwrap();
    serde_json::from_slice(&base64url::decode(header).unwrap()).unwrap()
}

/// The method that a request shows, by what is in it and what isn't.
fn shown(request: &HttpRequest) -> &'static str {
    let form = form(request);
    let has = |name: &str| form.contains_key(name);
    let basic = request
        .headers
        .iter()
        .any(|(name, value)| *name == "authorization" && value.starts_with("Basic "));
    let algorithm = form
        .get("client_assertion")
        .map(|assertion| header(assertion)["alg"].clone());
    match (basic, has("client_secret"), algorithm) {
        (true, false, None) if !has("client_id") => "client_secret_basic",
        (false, true, None) if has("client_id") => "client_secret_post",
        (false, false, Some(alg)) if alg == "ES256" => "private_key_jwt",
        (false, false, Some(alg)) if alg == "HS256" => "client_secret_jwt",
        (false, false, None) if has("client_id") => "none",
        _ => "several at once",
    }
}

#[test]
fn the_method_is_the_best_that_both_have() {
    let secret = || client(Some(LONG_SECRET), None);
    let both = || client(Some(LONG_SECRET), Some(CLIENT_KEY.clone()));
    let public = || client(None, None);
    for (registration, offered, expected) in [
        (with_key(), &ALL_METHODS[..], "private_key_jwt"),
        (both(), &ALL_METHODS, "private_key_jwt"),
        (both(), &ALL_METHODS[..5], "client_secret_basic"),
        (secret(), &ALL_METHODS, "client_secret_basic"),
        (secret(), &ALL_METHODS[..4], "client_secret_post"),
        (secret(), &ALL_METHODS[..3], "client_secret_jwt"),
        (public(), &ALL_METHODS, "none"),
        (public(), &ALL_METHODS[1..], "none"),
    ] {
        let metadata = offering(offered);
        let request = request(&metadata, &registration).unwrap();
        assert_eq!(shown(&request), expected, "{offered:?}");
        let (facts, symptoms) = facts::of_metadata(&metadata, &registration);
        let named = facts.client_authentication.unwrap_or("none");
        assert_eq!((named, symptoms.len()), (expected, 0));
    }
}

#[test]
fn a_method_that_is_set_stands_above_the_metadata_and_the_order() {
    let both = client(Some(LONG_SECRET), Some(CLIENT_KEY.clone()));
    for name in [
        "private_key_jwt",
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
    ] {
        let registration = ClientRegistration {
            client_auth: Some(ClientAuthentication::from_name(name).unwrap()),
            ..both.clone()
        };
        for offered in [&["none"][..], &ALL_METHODS] {
            let request = request(&offering(offered), &registration).unwrap();
            assert_eq!(shown(&request), name);
        }
    }
    let public = ClientRegistration {
        client_auth: Some(ClientAuthentication::Public),
        ..client(None, None)
    };
    let request = request(&offering(&["private_key_jwt"]), &public).unwrap();
    assert_eq!(shown(&request), "none");
}

#[test]
fn without_a_common_method_there_is_no_login_and_no_request() {
    for (registration, offered) in [
        (with_key(), &ALL_METHODS[..5]),
        (client(Some(LONG_SECRET), None), &["private_key_jwt"]),
        (client(Some(LONG_SECRET), None), &["none"]),
        (with_key(), &["none"]),
        (with_key(), &[]),
    ] {
        let metadata = offering(offered);
        let got = clipped(&offered.join(" "));
        let expected: Error = Incompatible::NoClientAuthentication { got }.into();
        assert_eq!(request(&metadata, &registration).unwrap_err(), expected);
        let begun = authorization_request(&metadata, &registration, REDIRECT_URI, &login());
        assert_eq!(begun.unwrap_err(), expected);
    }
    // Discovery §3: silent metadata mean client_secret_basic, which a key alone can't do.
    let silent = metadata_with(|it| remove(it, "token_endpoint_auth_methods_supported")).unwrap();
    let got = clipped("client_secret_basic");
    assert_eq!(
        request(&silent, &with_key()).unwrap_err(),
        Incompatible::NoClientAuthentication { got }.into()
    );
}

// TK-04
// RFC 7521 §4.2
#[test]
fn an_assertion_is_for_this_provider_alone_short_and_of_its_own_kind() {
    let request = request(&offering(&ALL_METHODS), &with_key()).unwrap();
    let form = form(&request);
    assert_eq!(form["client_assertion_type"], ASSERTION_TYPE);
    assert_eq!(form["client_id"], CLIENT_ID);
    let assertion = &form["client_assertion"];
    assert_eq!(
        header(assertion),
        json!({"alg": "ES256", "kid": "beer-1", "typ": "client-authentication+jwt"})
    );
    let mut claims = verified(assertion);
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(base64url::decode(jti.as_str().unwrap()).unwrap().len(), 32);
    assert_eq!(
        claims,
        json!({
            "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": NOW.0, "exp": NOW.0 + 60,
        })
    );
}

// TK-04
#[test]
fn the_audience_is_the_issuer_whatever_the_metadata_say() {
    for (name, value) in [
        ("token_endpoint", json!("https://evil.example/token")),
        (
            "token_endpoint",
            json!("https://other.example/realms/brewery/token?a=b"),
        ),
        ("authorization_endpoint", json!("https://evil.example/auth")),
        (
            "mtls_endpoint_aliases",
            json!({"token_endpoint": "https://evil.example/token"}),
        ),
        ("audience", json!("https://evil.example")),
    ] {
        let metadata = metadata_with(|it| it[name] = value.clone()).unwrap();
        let request = request(&metadata, &with_key()).unwrap();
        assert_eq!(
            verified(&assertion(&request))["aud"],
            json!(ISSUER),
            "{value}"
        );
    }
}

// TK-04
#[test]
fn no_two_requests_have_one_jti() {
    let metadata = offering(&ALL_METHODS);
    let mut seen = BTreeSet::new();
    for number in 0_u8..100 {
        let freshness = Freshness::new([number; 32], NOW);
        let request = request_with(&metadata, &with_key(), freshness).unwrap();
        let jti = verified(&assertion(&request))["jti"].clone();
        assert!(seen.insert(jti.as_str().unwrap().to_owned()));
    }
}

// TK-04
#[test]
fn an_assertion_lives_a_minute_at_most_at_any_time() {
    let metadata = offering(&ALL_METHODS);
    for (now, lifetime) in [
        (0, 60),
        (-1, 60),
        (4_294_967_295, 60),
        (i64::MAX - 1, 1),
        (i64::MAX, 0),
        (i64::MIN, 60),
    ] {
        let freshness = Freshness::new([9; 32], UnixTime(now));
        let request = request_with(&metadata, &with_key(), freshness).unwrap();
        let claims = verified(&assertion(&request));
        let time = |name: &str| claims[name].as_i64().unwrap();
        assert_eq!((time("iat"), time("exp") - time("iat")), (now, lifetime));
    }
}

// TK-04
#[test]
fn a_secret_authenticates_the_same_claims() {
    for (algorithms, algorithm) in [
        (Value::Null, MacAlgorithm::Hs256),
        (json!(["HS512", "HS256"]), MacAlgorithm::Hs256),
        (json!(["RS256", "HS384"]), MacAlgorithm::Hs384),
        (json!(["HS512"]), MacAlgorithm::Hs512),
    ] {
        let metadata = metadata_with(|it| {
            if !algorithms.is_null() {
                it["token_endpoint_auth_signing_alg_values_supported"] = algorithms.clone();
            }
        });
        let request = request(&metadata.unwrap(), &with_secret_jwt(LONG_SECRET)).unwrap();
        let assertion = assertion(&request);
        assert_eq!(
            header(&assertion),
            json!({"alg": algorithm.name(), "typ": "client-authentication+jwt"})
        );
        let keys = MacKeys::from(MacKey::new(algorithm, LONG_SECRET.as_bytes()).unwrap());
        let verified = keys.verify(&assertion).unwrap();
        let claims: Value = serde_json::from_slice(verified.payload()).unwrap();
        assert_eq!(claims["aud"], json!(ISSUER));
        assert_eq!(claims["iss"], claims["sub"]);
        assert_eq!(claims["exp"], json!(NOW.0 + 60));
    }
}

// JO-07
#[test]
fn a_secret_that_is_too_short_authenticates_nothing() {
    for (algorithm, least) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let metadata = signing(&json!([algorithm]));
        let outcome =
            |bytes: usize| request(&metadata, &with_secret_jwt(&LONG_SECRET[..bytes])).map(|_| ());
        assert_eq!(outcome(least), Ok(()));
        for bytes in [1, least - 1] {
            let expected = Configuration::ClientSecretTooShort {
                algorithm,
                bytes,
                least,
            };
            assert_eq!(outcome(bytes), Err(expected.into()));
        }
    }
    // RFC 7518 §3.2 counts bytes, not characters.
    assert!(
        request(
            &signing(&json!(["HS256"])),
            &with_secret_jwt(&"ü".repeat(16))
        )
        .is_ok()
    );
}

#[test]
fn an_algorithm_that_the_provider_does_not_take_is_found_before_the_login() {
    for (registration, algorithms, expected) in [
        (with_key(), json!(["RS256", "HS256", "none"]), "ES256"),
        (with_key(), json!(["es256"]), "ES256"),
        (with_key(), json!([]), "ES256"),
        (
            with_secret_jwt(LONG_SECRET),
            json!(["RS256", "none"]),
            "HS256 HS384 HS512",
        ),
        (with_secret_jwt(LONG_SECRET), json!([]), "HS256 HS384 HS512"),
    ] {
        let names: Vec<&str> = algorithms
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let error: Error = Incompatible::NoClientAssertionAlgorithm {
            expected: clipped(expected),
            got: clipped(&names.join(" ")),
        }
        .into();
        let metadata = signing(&algorithms);
        let begun = authorization_request(&metadata, &registration, REDIRECT_URI, &login());
        assert_eq!(begun.unwrap_err(), error);
        assert_eq!(request(&metadata, &registration).unwrap_err(), error);
        let (_, symptoms) = facts::of_metadata(&metadata, &registration);
        assert_eq!(
            symptoms[0].code,
            Some("incompatible.no_client_assertion_algorithm")
        );
    }
}

// JO-24
#[test]
fn the_header_says_the_provider_s_name_of_the_algorithm() {
    for (own, offered, named) in [
        (SignatureAlgorithm::EdDsa, json!(["Ed25519"]), "Ed25519"),
        (
            SignatureAlgorithm::Ed25519,
            json!(["ES256", "EdDSA"]),
            "EdDSA",
        ),
        (SignatureAlgorithm::EdDsa, json!(["EdDSA"]), "EdDSA"),
        (
            SignatureAlgorithm::EdDsa,
            json!(["Ed25519", "EdDSA"]),
            "EdDSA",
        ),
        (
            SignatureAlgorithm::Ed25519,
            json!(["Ed25519", "EdDSA"]),
            "Ed25519",
        ),
    ] {
        let key = SigningKey::generate(own, "beer-2").unwrap();
        let registration = client(None, Some(key.into()));
        let request = request(&signing(&offered), &registration).unwrap();
        assert_eq!(header(&assertion(&request))["alg"], named);
    }
}

#[test]
fn the_first_key_that_the_provider_takes_signs() {
    use SignatureAlgorithm as A;
    let key = |algorithm, kid| SigningKey::generate(algorithm, kid).unwrap().into();
    let registration = ClientRegistration {
        client_keys: vec![
            key(A::EdDsa, "new"),
            key(A::Es256, "next"),
            key(A::Es256, "old"),
        ],
        ..client(None, None)
    };
    let kid = |offered: Value| {
        let request = request(&signing(&offered), &registration)?;
        Ok(header(&assertion(&request))["kid"].clone())
    };
    for (offered, expected) in [
        (json!(["ES256", "EdDSA"]), "new"),
        (json!(["Ed25519"]), "new"),
        (json!(["RS256", "ES256"]), "next"),
    ] {
        assert_eq!(kid(offered), Ok(json!(expected)));
    }
    let none: Error = Incompatible::NoClientAssertionAlgorithm {
        expected: clipped("EdDSA ES256 ES256"),
        got: clipped("RS256"),
    }
    .into();
    assert_eq!(kid(json!(["RS256"])), Err(none));
}

#[test]
fn algorithms_of_another_type_are_judged_where_they_are_needed() {
    let metadata = signing(&json!("ES256"));
    assert!(request(&metadata, &client(Some("s"), None)).is_ok());
    assert_eq!(
        request(&metadata, &with_key()).unwrap_err(),
        Misbehaved::MetadataType {
            name: "token_endpoint_auth_signing_alg_values_supported",
            expected: "a list of strings",
            got: "a string",
        }
        .into()
    );
}

#[test]
fn a_method_without_what_it_shows_makes_no_request() {
    let metadata = offering(&ALL_METHODS);
    for (method, expected) in [
        (
            ClientAuthentication::KeyJwt,
            Configuration::ClientKeyMissing,
        ),
        (
            ClientAuthentication::Basic,
            Configuration::ClientSecretMissing,
        ),
        (
            ClientAuthentication::Post,
            Configuration::ClientSecretMissing,
        ),
        (
            ClientAuthentication::SecretJwt,
            Configuration::ClientSecretMissing,
        ),
    ] {
        let registration = ClientRegistration {
            client_auth: Some(method),
            ..client(None, None)
        };
        assert_eq!(
            request(&metadata, &registration).unwrap_err(),
            expected.into()
        );
    }
}

// OP-01
#[test]
fn neither_key_nor_assertion_is_in_debug() {
    let request = request(&offering(&ALL_METHODS), &with_key()).unwrap();
    let shown = format!("{request:?} {:?}", with_key());
    let assertion = assertion(&request);
    for secret in [&assertion[..], "jpsQnnGQmL", "client_assertion"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_other_name_is_no_method(name in "[a-z_]{0,24}") {
        let known = ALL_METHODS[2..6].contains(&name.as_str()) || name == "none";
        prop_assert_eq!(ClientAuthentication::from_name(&name).is_ok(), known);
    }

    #[test]
    fn any_client_id_is_issuer_and_subject(client_id in "[ -~]{1,40}") {
        let registration = ClientRegistration { client_id: client_id.clone(), ..with_key() };
        let request = request(&offering(&ALL_METHODS), &registration).unwrap();
        let claims = verified(&assertion(&request));
        prop_assert_eq!(&claims["iss"], &json!(client_id));
        prop_assert_eq!(&claims["sub"], &json!(client_id));
    }
}
