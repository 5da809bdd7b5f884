//! A whole login in memory: relying party and scripted provider, no network, a clock that the test turns.

use std::collections::BTreeMap;

use relyant_jose::{base64url, digest};
use relyant_oidc::access_token::validate_as_claims_source;
use relyant_oidc::authorization::request::authorization_request;
use relyant_oidc::authorization::response::{process_authorization_response, state_of};
use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::clock::UnixTime;
use relyant_oidc::discovery::{discovery_request, process_discovery_response};
use relyant_oidc::error::{InvalidToken, Refused, Transaction};
use relyant_oidc::http::{HttpRequest, HttpResponse};
use relyant_oidc::identity::{ClaimsSource, VerifiedIdentity};
use relyant_oidc::jwks::{IssuerKeys, jwks_request, process_jwks_response};
use relyant_oidc::logout::rp_initiated::{LogoutParameters, end_session_request};
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::token::request::token_request;
use relyant_oidc::token::response::process_token_response;
use relyant_oidc::token::session_tokens::SessionTokens;
use relyant_oidc::transport::TransportRules;
use relyant_oidc::userinfo::{process_userinfo_response, userinfo_request};
use relyant_oidc::{Error, id_token};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, REDIRECT_URI, SUBJECT, access_token_claims, answer, freshness,
    issuer, metadata_document, ok_json, registration, sign,
};

/// What the provider remembers of an authorization request until its code comes back.
struct Grant {
    nonce: String,
    code_challenge: String,
    redirect_uri: String,
    issued_at: i64,
}

/// A provider that follows the specifications, with a clock of its own.
#[derive(Default)]
struct ScriptedProvider {
    now: i64,
    codes: BTreeMap<String, Grant>,
    access_tokens: Vec<String>,
    ignores_pkce: bool,
}

impl ScriptedProvider {
    /// The person clicks "sign in": the query that the browser brings back.
    fn authorize(&mut self, url: &Url) -> String {
        let asked: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(
            (asked["response_type"].as_str(), asked["client_id"].as_str()),
            ("code", CLIENT_ID)
        );
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let code = format!("code-{}", self.codes.len());
        let grant = Grant {
            nonce: asked["nonce"].clone(),
            code_challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            issued_at: self.now,
        };
        self.codes.insert(code.clone(), grant);
        let answer = [
            ("state", asked["state"].as_str()),
            ("code", &code),
            ("iss", ISSUER),
        ];
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(answer)
            .finish()
    }

    fn respond(&mut self, request: &HttpRequest) -> HttpResponse {
        match request.url.path().rsplit('/').next().unwrap() {
            "openid-configuration" => ok_json(&metadata_document()),
            "certs" => ok_json(&json!({"keys": [KEY.public_jwk()]})),
            "token" => self.exchange(request),
            "userinfo" => self.userinfo(request),
            other => panic!("the provider has no {other}"),
        }
    }

    fn exchange(&mut self, request: &HttpRequest) -> HttpResponse {
        let form: BTreeMap<String, String> =
            form_urlencoded::parse(request.body.as_deref().unwrap().as_bytes())
                .into_owned()
                .collect();
        // beer:beer-secret
        if header(request, "authorization") != "Basic YmVlcjpiZWVyLXNlY3JldA==" {
            return oauth_error(401, "invalid_client");
        }
        // A code is good for one use within a minute, with its verifier and redirect URI.
        let Some(grant) = self.codes.remove(&form["code"]) else {
            return oauth_error(400, "invalid_grant");
        };
        let challenge = base64url::encode(&digest::sha256(form["code_verifier"].as_bytes()));
        let proven = self.ignores_pkce || challenge == grant.code_challenge;
        if !proven || form["redirect_uri"] != grant.redirect_uri || self.now > grant.issued_at + 60
        {
            return oauth_error(400, "invalid_grant");
        }
        let access_token = sign(&self.dated(access_token_claims()));
        self.access_tokens.push(access_token.clone());
        let id_token = json!({
            "iss": ISSUER,
            "sub": SUBJECT,
            "aud": [CLIENT_ID],
            "azp": CLIENT_ID,
            "nonce": grant.nonce,
            "typ": "ID",
            "sid": "session-1",
            "at_hash": base64url::encode(&digest::sha256(access_token.as_bytes())[..16]),
        });
        ok_json(&json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": sign(&self.dated(id_token)),
        }))
    }

    fn userinfo(&self, request: &HttpRequest) -> HttpResponse {
        let bearer = header(request, "authorization")
            .strip_prefix("Bearer ")
            .unwrap()
            .to_owned();
        if !self.access_tokens.contains(&bearer) {
            return answer(401, "application/json", "{}");
        }
        ok_json(&json!({"sub": SUBJECT, "email": "carol@brewery.example"}))
    }

    fn dated(&self, mut claims: Value) -> Value {
        claims["iat"] = json!(self.now);
        claims["exp"] = json!(self.now + 300);
        claims
    }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request
        .headers
        .iter()
        .find(|(its, _)| *its == name)
        .map_or("", |(_, value)| value)
}

fn oauth_error(status: u16, error: &str) -> HttpResponse {
    answer(
        status,
        "application/json",
        &json!({ "error": error }).to_string(),
    )
}

/// The relying party's side: what a driver does with the crate under test.
struct RelyingParty {
    metadata: ProviderMetadata,
    keys: IssuerKeys,
    registration: ClientRegistration,
}

impl RelyingParty {
    fn start(provider: &mut ScriptedProvider) -> Self {
        let response = provider.respond(&discovery_request(&issuer()));
        let metadata =
            process_discovery_response(&issuer(), &TransportRules::default(), &response).unwrap();
        let keys =
            process_jwks_response(&metadata, &provider.respond(&jwks_request(&metadata))).unwrap();
        Self {
            metadata,
            keys,
            registration: registration(),
        }
    }

    fn begin(&self, seed: u8, now: UnixTime) -> (Url, Vec<u8>) {
        let login = LoginTransaction::begin([seed; 32], now);
        let url = authorization_request(&self.metadata, &self.registration, REDIRECT_URI, &login)
            .unwrap();
        (url, login.to_bytes())
    }

    fn complete(
        &self,
        provider: &mut ScriptedProvider,
        query: &str,
        login: &[u8],
        now: UnixTime,
    ) -> Result<VerifiedIdentity, Error> {
        let login = LoginTransaction::from_bytes(login)?;
        let code = process_authorization_response(query, &self.metadata, &login, now)?;
        let request = token_request(
            &self.metadata,
            &self.registration,
            REDIRECT_URI,
            &code,
            &login,
            freshness(),
        )?;
        let tokens = process_token_response(&request, &provider.respond(&request))?;
        let access_token = tokens.access_token();
        let id_token = id_token::validate(
            tokens.id_token(),
            &self.keys,
            &self.metadata,
            &self.registration,
            &login,
            Some(access_token),
            now,
        )?;
        let request = userinfo_request(&self.metadata, &self.registration, access_token)
            .unwrap()
            .unwrap();
        let userinfo = process_userinfo_response(
            &id_token,
            &provider.respond(&request),
            &self.keys,
            &self.metadata,
            &self.registration,
            now,
        )?;
        let rules = self.registration.claims_from_access_token.as_ref().unwrap();
        let from_access_token = validate_as_claims_source(
            access_token,
            &self.keys,
            &self.metadata,
            &self.registration,
            rules,
            &id_token,
            now,
        )?;
        let others = [Some(userinfo), from_access_token]
            .into_iter()
            .flatten()
            .collect();
        let tokens = SessionTokens::of_login(&tokens, &id_token, &self.registration, now);
        VerifiedIdentity::receipt(id_token, others, tokens)
    }
}

fn house() -> (ScriptedProvider, RelyingParty) {
    let mut provider = ScriptedProvider {
        now: NOW.0,
        ..ScriptedProvider::default()
    };
    let relying_party = RelyingParty::start(&mut provider);
    (provider, relying_party)
}

#[test]
fn carol_signs_in_and_out() {
    let (mut provider, relying_party) = house();
    let (url, login) = relying_party.begin(1, NOW);
    provider.now += 20;
    let query = provider.authorize(&url);
    assert_eq!(
        state_of(&query).unwrap(),
        LoginTransaction::from_bytes(&login).unwrap().state()
    );

    let identity = relying_party
        .complete(&mut provider, &query, &login, NOW.plus(21))
        .unwrap();
    assert_eq!(
        (identity.issuer().as_str(), identity.subject().as_str()),
        (ISSUER, SUBJECT)
    );
    assert_eq!(
        identity.claims(&ClaimsSource::Userinfo).unwrap()["email"],
        "carol@brewery.example"
    );
    assert_eq!(
        identity.claims(&ClaimsSource::AccessToken).unwrap()["realm_access"]["roles"],
        json!(["customers"])
    );
    assert_eq!(identity.access_token_expires_at(), Some(NOW.plus(321)));

    let told = LogoutParameters {
        id_token_hint: Some(identity.id_token()),
        ..LogoutParameters::default()
    };
    let (metadata, registration) = (&relying_party.metadata, &relying_party.registration);
    let request = end_session_request(metadata, registration, told)
        .unwrap()
        .unwrap();
    assert!(
        request
            .url()
            .as_str()
            .contains(&format!("id_token_hint={}", identity.id_token()))
    );
}

// AR-01
#[test]
fn a_code_is_good_once() {
    let (mut provider, relying_party) = house();
    let (url, login) = relying_party.begin(1, NOW);
    let query = provider.authorize(&url);
    assert!(
        relying_party
            .complete(&mut provider, &query, &login, NOW)
            .is_ok()
    );
    let again = relying_party
        .complete(&mut provider, &query, &login, NOW)
        .unwrap_err();
    assert_eq!(again.code(), "refused.invalid_grant");
}

// AR-03
#[test]
fn an_injected_code_fails_at_the_verifier() {
    let (mut provider, relying_party) = house();
    let (victims_url, _) = relying_party.begin(1, NOW);
    let (_, attackers_login) = relying_party.begin(2, NOW);
    let stolen = provider.authorize(&victims_url);
    let injected = with_state_of(&stolen, &attackers_login);
    let error = relying_party
        .complete(&mut provider, &injected, &attackers_login, NOW)
        .unwrap_err();
    assert!(
        matches!(error, Error::Refused(Refused::InvalidGrant { .. })),
        "{error:?}"
    );
}

// AR-03
#[test]
fn an_injected_code_fails_at_the_nonce_where_the_provider_ignores_pkce() {
    let (mut provider, relying_party) = house();
    provider.ignores_pkce = true;
    let (victims_url, _) = relying_party.begin(1, NOW);
    let (_, attackers_login) = relying_party.begin(2, NOW);
    let stolen = provider.authorize(&victims_url);
    let injected = with_state_of(&stolen, &attackers_login);
    let error = relying_party
        .complete(&mut provider, &injected, &attackers_login, NOW)
        .unwrap_err();
    assert_eq!(error, InvalidToken::NonceMismatch.into());
}

// AR-02
#[test]
fn a_login_begun_in_one_browser_does_not_end_in_another() {
    let (mut provider, relying_party) = house();
    let (url, _) = relying_party.begin(1, NOW);
    let (_, login_of_another) = relying_party.begin(2, NOW);
    let query = provider.authorize(&url);
    let error = relying_party
        .complete(&mut provider, &query, &login_of_another, NOW)
        .unwrap_err();
    assert_eq!(error, Transaction::StateMismatch.into());
    assert_eq!(provider.codes.len(), 1, "no token request was made");
}

// AR-01
#[test]
fn after_ten_minutes_one_starts_again() {
    let (mut provider, relying_party) = house();
    let (url, login) = relying_party.begin(1, NOW);
    provider.now += 600;
    let query = provider.authorize(&url);
    let error = relying_party
        .complete(&mut provider, &query, &login, NOW.plus(600))
        .unwrap_err();
    assert_eq!(error, Transaction::Expired { seconds: 600 }.into());
    assert_eq!(provider.codes.len(), 1, "no token request was made");
}

// FT-20
#[test]
fn a_provider_whose_clock_is_five_minutes_ahead_is_told_so() {
    let (mut provider, relying_party) = house();
    provider.now += 300;
    let (url, login) = relying_party.begin(1, NOW);
    let query = provider.authorize(&url);
    let error = relying_party
        .complete(&mut provider, &query, &login, NOW)
        .unwrap_err();
    assert_eq!(error, InvalidToken::IssuedInFuture { seconds: 300 }.into());
}

#[test]
fn two_tabs_do_not_disturb_each_other() {
    let (mut provider, relying_party) = house();
    let (one_url, one) = relying_party.begin(1, NOW);
    let (two_url, two) = relying_party.begin(2, NOW);
    let (one_query, two_query) = (provider.authorize(&one_url), provider.authorize(&two_url));
    assert!(
        relying_party
            .complete(&mut provider, &two_query, &two, NOW)
            .is_ok()
    );
    assert!(
        relying_party
            .complete(&mut provider, &one_query, &one, NOW)
            .is_ok()
    );
}

/// The callback `query` with the state of another login: what an attacker makes of a stolen code.
fn with_state_of(query: &str, login: &[u8]) -> String {
    let state: String = LoginTransaction::from_bytes(login).unwrap().state().into();
    let pairs = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .map(|(name, value)| {
            if name == "state" {
                (name, state.clone())
            } else {
                (name, value)
            }
        });
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
