//! The provider of these targets, us as its client, and one login there.

use std::sync::LazyLock;

use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::discovery::process_discovery_response;
use relyant_oidc::http::{HttpRequest, HttpResponse, Method};
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::{IssuerKeys, process_jwks_response};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use relyant_oidc::transport::TransportRules;
use serde_json::{Value, json};
use url::Url;

use crate::choices::Choices;
use crate::keys::{ED25519_KEY, P256_KEY};

pub(super) const ISSUER: &str = "https://op.example/realms/brewery";
pub(super) const CLIENT_ID: &str = "beer";
pub(super) const CLIENT_SECRET: &str = "client-secret-of-the-brewery";
pub(super) const ACCESS_TOKEN: &str = "access-token-that-nobody-may-see";
pub(super) const REFRESH_TOKEN: &str = "refresh-token-that-nobody-may-see";
/// 2027-01-15T08:00:00Z.
pub(super) const NOW: UnixTime = UnixTime(1_800_000_000);

pub(super) static METADATA: LazyLock<ProviderMetadata> = LazyLock::new(|| {
    process_discovery_response(
        &issuer(),
        &TransportRules::default(),
        &json_answer(&metadata_document()),
    )
    .unwrap()
});

pub(super) static KEYS: LazyLock<IssuerKeys> = LazyLock::new(|| {
    let keys = json!({ "keys": [ED25519_KEY.public_jwk(), P256_KEY.public_jwk()] });
    process_jwks_response(&METADATA, &json_answer(&keys)).unwrap()
});

pub(super) fn issuer() -> Issuer {
    Issuer::parse(ISSUER, &TransportRules::default()).unwrap()
}

pub(super) fn metadata_document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://op.example/realms/brewery/auth",
        "token_endpoint": "https://op.example/realms/brewery/token",
        "jwks_uri": "https://op.example/realms/brewery/certs",
        "userinfo_endpoint": "https://op.example/realms/brewery/userinfo",
        "end_session_endpoint": "https://op.example/realms/brewery/logout",
        "revocation_endpoint": "https://op.example/realms/brewery/revoke",
        "response_types_supported": ["code", "code id_token"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "id_token_signing_alg_values_supported": ["EdDSA", "ES256", "none"],
        "userinfo_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

pub(super) fn registration() -> ClientRegistration {
    ClientRegistration {
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        ..ClientRegistration::new(CLIENT_ID)
    }
}

pub(super) fn login() -> LoginTransaction {
    LoginTransaction::begin([7; 32], NOW)
}

pub(super) fn id_token_claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "carol", "aud": CLIENT_ID, "azp": CLIENT_ID, "exp": NOW.0 + 300, "iat": NOW.0,
        "auth_time": NOW.0 - 5, "nonce": login().nonce().as_str(), "sid": "session-1", "acr": "1", "amr": ["pwd"],
    })
}

/// An access token of the provider for the API `api`. RFC 9068 §2.2.
pub(super) fn access_token_claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "carol", "aud": ["api", "account"], "client_id": CLIENT_ID, "exp": NOW.0 + 300, "iat": NOW.0,
        "jti": "1", "scope": "read write", "acr": "1", "auth_time": NOW.0 - 5,
    })
}

/// A request whose body has the secrets of one of ours.
pub(super) fn request() -> HttpRequest {
    HttpRequest {
        method: Method::Post,
        url: Url::parse("https://op.example/realms/brewery/token").unwrap(),
        headers: Vec::new(),
        body: Some(format!(
            "client_secret={CLIENT_SECRET}&refresh_token={REFRESH_TOKEN}"
        )),
    }
}

pub(super) fn json_answer(body: &Value) -> HttpResponse {
    answer(200, "application/json", body.to_string())
}

pub(super) fn answer(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse {
        status,
        content_type: Some(content_type.to_owned()),
        body: body.into(),
        ..HttpResponse::default()
    }
}

/// An answer with a status and a media type that are mostly right.
pub(super) fn any_answer(choices: &mut Choices<'_>, body: impl Into<Vec<u8>>) -> HttpResponse {
    let status = *choices.pick(&[200, 200, 200, 200, 400, 401, 201, 302, 404, 500]);
    let media_type = *choices.pick(&[
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "text/html",
        "",
    ]);
    answer(status, media_type, body)
}

/// A date as a reading of its own has it: above 0 and below 2^53. RFC 7519 §2.
pub(super) fn date(value: Option<&Value>) -> Option<f64> {
    let number = value?.as_number()?.as_f64()?;
    (number > 0.0 && number < 9_007_199_254_740_992.0).then_some(number)
}

/// [`NOW`], and so many seconds.
pub(super) fn now_and(seconds: i32) -> f64 {
    1_800_000_000.0 + f64::from(seconds)
}

/// Whether `aud` is us and nobody else.
pub(super) fn is_for_us_alone(claims: &Value) -> bool {
    match &claims["aud"] {
        Value::Array(members) => {
            !members.is_empty() && members.iter().all(|member| member == CLIENT_ID)
        }
        other => other == CLIENT_ID,
    }
}
