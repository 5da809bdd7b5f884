//! A provider as these tests script it: its documents and tokens, all valid until a test mutates one.
//!
//! The messages are built here by hand, not with the crate under test.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::base64url;
use relyant_jose::json::Object;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::access_token::{AccessTokenRules, validate_as_claims_source};
use relyant_oidc::authorization::response::{AuthorizationCode, process_authorization_response};
use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::discovery::process_discovery_response;
use relyant_oidc::error::Clipped;
use relyant_oidc::http::{HttpRequest, HttpResponse};
use relyant_oidc::id_token::{self, ValidIdToken};
use relyant_oidc::identity::Claims;
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::{IssuerKeys, process_jwks_response};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::secret::Secret;
use relyant_oidc::token::client_assertion::Freshness;
use relyant_oidc::token::request::token_request;
use relyant_oidc::token::response::process_token_response;
use relyant_oidc::token::session_tokens::SessionTokens;
use relyant_oidc::transport::TransportRules;
use relyant_oidc::userinfo::process_userinfo_response;
use serde_json::{Value, json};
use url::form_urlencoded;

pub(crate) const ISSUER: &str = "https://sso.example.com/realms/brewery";
pub(crate) const CLIENT_ID: &str = "beer";
pub(crate) const CLIENT_SECRET: &str = "beer-secret";
pub(crate) const REDIRECT_URI: &str = "https://beer.example.com/oidc/callback/brewery/";
pub(crate) const SUBJECT: &str = "7b1c9a52-carol";
/// What the metadata offer to sign with, as far as we know it.
pub(crate) const ALGORITHMS: &str = "RS256 ES256 PS256";
pub(crate) const OPAQUE: &str = "opaque-access-token";
/// Back-Channel Logout §2.4.
pub(crate) const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// 2027-01-15T08:00:00Z.
pub(crate) const NOW: UnixTime = UnixTime(1_800_000_000);

/// The key that signs everything unless a test says otherwise: P-256, which is quick to generate.
pub(crate) static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(SignatureAlgorithm::Es256, "brewery-es256").unwrap());
/// A second key of the provider, of another family.
pub(crate) static RSA_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(SignatureAlgorithm::Rs256, "brewery-rs256").unwrap());

pub(crate) fn clipped(text: &str) -> Clipped {
    Clipped::new(text)
}

pub(crate) fn issuer() -> Issuer {
    Issuer::parse(ISSUER, &TransportRules::default()).unwrap()
}

pub(crate) fn ok_json(body: &Value) -> HttpResponse {
    answer(200, "application/json", &body.to_string())
}

pub(crate) fn answer(status: u16, content_type: &str, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        content_type: Some(content_type.to_owned()),
        body: body.as_bytes().to_vec(),
        ..HttpResponse::default()
    }
}

pub(crate) fn metadata_document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://sso.example.com/realms/brewery/auth",
        "token_endpoint": "https://sso.example.com/realms/brewery/token",
        "jwks_uri": "https://sso.example.com/realms/brewery/certs",
        "userinfo_endpoint": "https://sso.example.com/realms/brewery/userinfo",
        "end_session_endpoint": "https://sso.example.com/realms/brewery/logout",
        "revocation_endpoint": "https://sso.example.com/realms/brewery/revoke",
        "response_types_supported": ["code", "code id_token"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256", "HS256", "none"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

pub(crate) fn metadata_with(mutate: impl FnOnce(&mut Value)) -> Result<ProviderMetadata, Error> {
    let mut document = metadata_document();
    mutate(&mut document);
    process_discovery_response(&issuer(), &TransportRules::default(), &ok_json(&document))
}

pub(crate) fn metadata() -> ProviderMetadata {
    metadata_with(|_| {}).unwrap()
}

/// The same metadata, of another issuer.
pub(crate) fn metadata_of(issuer: &str) -> ProviderMetadata {
    let rules = TransportRules::default();
    let mut document = metadata_document();
    document["issuer"] = json!(issuer);
    let issuer = Issuer::parse(issuer, &rules).unwrap();
    process_discovery_response(&issuer, &rules, &ok_json(&document)).unwrap()
}

/// Removes a member: the mutation that `member = value` can't say.
pub(crate) fn remove(object: &mut Value, member: &str) {
    object.as_object_mut().unwrap().remove(member).unwrap();
}

pub(crate) fn registration() -> ClientRegistration {
    ClientRegistration {
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        scopes: vec!["profile".to_owned(), "email".to_owned()],
        claims_from_access_token: Some(access_token_rules()),
        ..ClientRegistration::new(CLIENT_ID)
    }
}

pub(crate) fn access_token_rules() -> AccessTokenRules {
    AccessTokenRules {
        header_types: vec!["JWT".to_owned(), "at+jwt".to_owned()],
        body_type: Some("Bearer".to_owned()),
    }
}

pub(crate) fn login() -> LoginTransaction {
    LoginTransaction::begin([7; 32], NOW)
}

pub(crate) fn keys_of(keys: &[&SigningKey]) -> IssuerKeys {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    process_jwks_response(&metadata(), &ok_json(&json!({ "keys": keys }))).unwrap()
}

pub(crate) fn keys() -> IssuerKeys {
    keys_of(&[&KEY, &RSA_KEY])
}

pub(crate) fn id_token_claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": CLIENT_ID,
        "azp": CLIENT_ID,
        "exp": NOW.0 + 300,
        "iat": NOW.0,
        "auth_time": NOW.0 - 5,
        "nonce": login().nonce().as_str(),
        "typ": "ID",
        "sid": "session-1",
        "acr": "1",
        "amr": ["pwd", "otp"],
        "preferred_username": "carol",
    })
}

pub(crate) fn access_token_claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": "account",
        "azp": CLIENT_ID,
        "exp": NOW.0 + 300,
        "iat": NOW.0,
        "typ": "Bearer",
        "sid": "session-1",
        "scope": "openid profile email",
        "realm_access": {"roles": ["customers"]},
    })
}

pub(crate) fn logout_token_claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": CLIENT_ID,
        "exp": NOW.0 + 120,
        "iat": NOW.0,
        "jti": "logout-1",
        "sid": "session-1",
        "typ": "Logout",
        "events": {LOGOUT_EVENT: {}},
    })
}

pub(crate) fn sign(claims: &Value) -> String {
    sign_as(&KEY, claims, &json!({}))
}

/// Signs with another key or with header members that replace the usual ones; a null removes one.
pub(crate) fn sign_as(key: &SigningKey, claims: &Value, header: &Value) -> String {
    sign_text(key, &claims.to_string(), header)
}

/// Signs a payload that need not be JSON.
pub(crate) fn sign_text(key: &SigningKey, payload: &str, header: &Value) -> String {
    let header: Object = header.as_object().unwrap().clone();
    key.sign(payload.as_bytes(), &header).unwrap()
}

/// What a message calls the type of `value`.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What makes a request at [`NOW`] one of its own.
pub(crate) fn freshness() -> Freshness {
    Freshness::new([9; 32], NOW)
}

/// What a form says.
pub(crate) fn form(request: &HttpRequest) -> BTreeMap<String, String> {
    form_urlencoded::parse(request.body.as_deref().unwrap().as_bytes())
        .into_owned()
        .collect()
}

/// The `Authorization` header of a request.
pub(crate) fn authorization(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers.iter();
    let header = headers.find(|(name, _)| *name == "authorization")?;
    Some(&header.1)
}

/// The request that exchanges `code` after [`login`].
pub(crate) fn exchange_of(code: &AuthorizationCode) -> HttpRequest {
    let request = token_request(
        &metadata(),
        &registration(),
        REDIRECT_URI,
        code,
        &login(),
        freshness(),
    );
    request.unwrap()
}

/// The form that exchanges `code` after [`login`].
pub(crate) fn token_form(code: &AuthorizationCode) -> BTreeMap<String, String> {
    form(&exchange_of(code))
}

/// The request that exchanges [`code`].
pub(crate) fn exchange() -> HttpRequest {
    exchange_of(&code())
}

/// What the token endpoint answers to it.
pub(crate) fn token_answer() -> Value {
    json!({
        "access_token": OPAQUE,
        "token_type": "Bearer",
        "id_token": sign(&id_token_claims()),
        "expires_in": 300,
        "refresh_token": "refresh-token-1",
        "scope": "openid profile",
    })
}

/// The tokens of a login whose token response was changed.
pub(crate) fn session_tokens_with(mutate: impl FnOnce(&mut Value)) -> SessionTokens {
    let mut body = token_answer();
    mutate(&mut body);
    let tokens = process_token_response(&exchange(), &ok_json(&body)).unwrap();
    let id_token = validate(tokens.id_token()).unwrap();
    SessionTokens::of_login(&tokens, &id_token, &registration(), NOW)
}

pub(crate) fn session_tokens() -> SessionTokens {
    session_tokens_with(|_| {})
}

/// The code of a callback that belongs to [`login`].
pub(crate) fn code() -> AuthorizationCode {
    let state: String = login().state().into();
    let query = format!("state={state}&iss={ISSUER}&code=code%2B1");
    process_authorization_response(&query, &metadata(), &login(), NOW).unwrap()
}

/// The code verifier of [`login`], as the provider sees it.
pub(crate) fn code_verifier() -> String {
    token_form(&code())["code_verifier"].clone()
}

/// A token whose header and payload are exactly these texts, with a signature of nothing.
pub(crate) fn unsigned(header: &str, payload: &str) -> String {
    let encoded = |text: &str| base64url::encode(text.as_bytes());
    format!(
        "{}.{}.{}",
        encoded(header),
        encoded(payload),
        encoded("signature")
    )
}

pub(crate) fn validate(raw: &str) -> Result<ValidIdToken, Error> {
    validate_at(raw, NOW)
}

pub(crate) fn validate_at(raw: &str, now: UnixTime) -> Result<ValidIdToken, Error> {
    let login = login();
    id_token::validate(
        raw,
        &keys(),
        &metadata(),
        &registration(),
        &login,
        Some(OPAQUE),
        now,
    )
}

/// The same for a client that is registered otherwise, beside this access token, if any.
pub(crate) fn validate_as(
    registration: &ClientRegistration,
    raw: &str,
    access_token: Option<&str>,
) -> Result<ValidIdToken, Error> {
    let (keys, metadata, login) = (keys(), metadata(), login());
    id_token::validate(
        raw,
        &keys,
        &metadata,
        registration,
        &login,
        access_token,
        NOW,
    )
}

/// The claims of a JWT access token, as a source beside the login of `valid_id_token`.
pub(crate) fn access_token_as_source(
    rules: &AccessTokenRules,
    raw: &str,
) -> Result<Option<Claims>, Error> {
    validate_as_claims_source(
        raw,
        &keys(),
        &metadata(),
        &registration(),
        rules,
        &valid_id_token(),
        NOW,
    )
}

/// The claims of a userinfo answer to the login of `id_token`.
pub(crate) fn process_userinfo(
    id_token: &ValidIdToken,
    response: &HttpResponse,
) -> Result<Claims, Error> {
    process_userinfo_response(
        id_token,
        response,
        &keys(),
        &metadata(),
        &registration(),
        NOW,
    )
}

pub(crate) fn valid_id_token() -> ValidIdToken {
    validate(&sign(&id_token_claims())).unwrap()
}
