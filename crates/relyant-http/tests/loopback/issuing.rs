//! A provider that issues tokens as a test tells it.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use relyant_http::clock::Clock;
use relyant_http::{ClientOptions, LoginRequest, Provider};
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::sign::SigningKey;
use relyant_oidc::Error;
use relyant_oidc::authorization::transaction::LoginTransaction;
use relyant_oidc::identity::VerifiedIdentity;
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Map, Value, json};

use super::{
    Loopback, ManualClock, REDIRECT_URI, Request, Wire, base, metadata, options, registration,
    respond, respond_json,
};

/// What the provider says at the moment.
pub(crate) struct Script {
    pub(crate) metadata_change: Value,
    pub(crate) cache_control: &'static str,
    /// The time that each answer takes.
    pub(crate) delay: Duration,
    /// The status line with which every endpoint answers, instead of what it should.
    pub(crate) down: Option<&'static str>,
    /// The status line and a header with which the token endpoint answers.
    pub(crate) token_answer: Option<(&'static str, String)>,
    /// The status line and the JSON with which the token endpoint refuses.
    pub(crate) token_refusal: Option<(&'static str, Value)>,
    /// What the endpoint for pushed requests answers: a status line and JSON.
    pub(crate) pushed_answer: (&'static str, Value),
    /// What the revocation endpoint answers: a status line and JSON.
    pub(crate) revocation_answer: (&'static str, Value),
    /// What the introspection endpoint answers: a status line, a media type and a body.
    pub(crate) introspection_answer: (&'static str, &'static str, String),
    /// As `token_answer`, for the userinfo endpoint.
    pub(crate) userinfo_answer: Option<(&'static str, String)>,
    pub(crate) keys_content_type: &'static str,
    /// The status line with which the JWK Set is refused.
    pub(crate) keys_status: Option<&'static str>,
    pub(crate) published: Vec<Value>,
    pub(crate) signing: SigningKey,
    /// An access token that is opaque.
    pub(crate) access_token: String,
    /// The key that signs access tokens; without one they are opaque.
    pub(crate) signing_access_tokens: Option<SigningKey>,
    pub(crate) extra_header: Map<String, Value>,
    pub(crate) nonce: String,
    /// Claims of the ID token that are other than they should be; null takes one out.
    pub(crate) id_token_change: Value,
    /// Members of the token response that are other than they should be; null takes one out.
    pub(crate) tokens_change: Value,
}

/// A provider on loopback, the relying party that talks to it, and the clock of both.
pub(crate) struct Issuing {
    pub(crate) server: Loopback,
    pub(crate) provider: Provider,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) script: Arc<Mutex<Script>>,
}

pub(crate) fn signing_key(kid: &str) -> SigningKey {
    SigningKey::generate(SignatureAlgorithm::Es256, kid).unwrap()
}

/// A key of an algorithm that [`signing_key`] is not for.
pub(crate) fn rsa_key(kid: &str) -> SigningKey {
    SigningKey::generate(SignatureAlgorithm::Rs256, kid).unwrap()
}

impl Issuing {
    pub(crate) fn start() -> Self {
        Self::start_with(options())
    }

    pub(crate) fn start_with(options: ClientOptions) -> Self {
        Self::start_as(registration(), options)
    }

    /// With a client that is registered in another way.
    pub(crate) fn start_as(registration: ClientRegistration, options: ClientOptions) -> Self {
        let clock = ManualClock::new();
        let signing = signing_key("first");
        let script = Arc::new(Mutex::new(Script {
            metadata_change: json!({}),
            cache_control: "max-age=600",
            delay: Duration::ZERO,
            down: None,
            token_answer: None,
            token_refusal: None,
            revocation_answer: ("200 OK", json!({})),
            introspection_answer: (
                "200 OK",
                "application/json",
                json!({ "active": false }).to_string(),
            ),
            userinfo_answer: None,
            pushed_answer: (
                "201 Created",
                json!({ "request_uri": "urn:example:1", "expires_in": 60 }),
            ),
            keys_content_type: "application/json",
            keys_status: None,
            published: vec![Value::Object(signing.public_jwk())],
            signing,
            access_token: "opaque".to_owned(),
            signing_access_tokens: None,
            extra_header: Map::new(),
            nonce: String::new(),
            id_token_change: json!({}),
            tokens_change: json!({}),
        }));
        let (its_script, its_clock) = (Arc::clone(&script), Arc::clone(&clock));
        let server = Loopback::start(move |request, wire| {
            answer(request, wire, &its_script.lock().unwrap(), &its_clock);
        });
        let its_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let provider =
            Provider::with_clock(&server.url(""), registration, options, its_clock).unwrap();
        Self {
            server,
            provider,
            clock,
            script,
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    pub(crate) fn begin(&self) -> Result<LoginRequest, Error> {
        self.provider.begin_login(REDIRECT_URI)
    }

    /// One login from its beginning to its end.
    pub(crate) fn login(&self) -> Result<VerifiedIdentity, Error> {
        let login = self.begin()?;
        let transaction = LoginTransaction::from_bytes(&login.transaction)?;
        self.change(|script| transaction.nonce().as_str().clone_into(&mut script.nonce));
        self.provider.complete_login(
            &format!("code=abc&state={}", login.state),
            &login.transaction,
            REDIRECT_URI,
        )
    }

    /// The code with which a login fails; `none` where it doesn't.
    pub(crate) fn login_code(&self) -> &'static str {
        self.login().map_or_else(|error| error.code(), |_| "none")
    }

    pub(crate) fn metadata_requests(&self) -> usize {
        self.server.count("/.well-known/openid-configuration")
    }

    pub(crate) fn key_requests(&self) -> usize {
        self.server.count("/jwks")
    }
}

fn answer(request: &Request, wire: &mut dyn Wire, script: &Script, clock: &ManualClock) {
    thread::sleep(script.delay);
    if let Some(status) = script.down {
        return respond(wire, status, &[], "");
    }
    let base = base(request);
    match request.path.as_str() {
        "/.well-known/openid-configuration" => {
            let mut document = metadata(&base);
            document
                .as_object_mut()
                .unwrap()
                .extend(script.metadata_change.as_object().unwrap().clone());
            respond_kept(wire, script, "application/json", &document);
        }
        "/jwks" => match script.keys_status {
            Some(status) => respond(wire, status, &[], ""),
            None => respond_kept(
                wire,
                script,
                script.keys_content_type,
                &json!({ "keys": script.published }),
            ),
        },
        "/token" => match (&script.token_answer, &script.token_refusal) {
            (Some((status, header)), _) => respond(wire, status, &[header], ""),
            (None, Some((status, body))) => respond_error(wire, status, body),
            (None, None) => respond_json(wire, &tokens(&base, script, clock)),
        },
        "/par" => {
            let (status, body) = &script.pushed_answer;
            respond_error(wire, status, body);
        }
        "/revoke" => {
            let (status, body) = &script.revocation_answer;
            respond_error(wire, status, body);
        }
        "/introspect" => {
            let (status, media_type, body) = &script.introspection_answer;
            respond(
                wire,
                status,
                &[&format!("Content-Type: {media_type}")],
                body,
            );
        }
        "/userinfo" => match &script.userinfo_answer {
            Some((status, header)) => respond(wire, status, &[header], ""),
            None => respond_json(
                wire,
                &json!({ "sub": "carol", "email": "carol@brewery.example" }),
            ),
        },
        _ => respond(wire, "404 Not Found", &[], ""),
    }
}

fn respond_error(wire: &mut dyn Wire, status: &str, body: &Value) {
    respond(
        wire,
        status,
        &["Content-Type: application/json"],
        &body.to_string(),
    );
}

/// `document` with the members of `change`; one that is null is taken out.
fn changed(mut document: Value, change: &Value) -> Value {
    let members = document.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    document
}

fn respond_kept(wire: &mut dyn Wire, script: &Script, content_type: &str, document: &Value) {
    let content_type = format!("Content-Type: {content_type}");
    let cache_control = format!("Cache-Control: {}", script.cache_control);
    respond(
        wire,
        "200 OK",
        &[&content_type, &cache_control],
        &document.to_string(),
    );
}

fn tokens(base: &str, script: &Script, clock: &ManualClock) -> Value {
    let now = clock.unix().0;
    let claims = json!({
        "iss": base, "sub": "carol", "aud": "beer", "nonce": script.nonce, "iat": now, "exp": now + 300,
    });
    let claims = changed(claims, &script.id_token_change);
    let id_token = script
        .signing
        .sign(claims.to_string().as_bytes(), &script.extra_header)
        .unwrap();
    let access_token = match &script.signing_access_tokens {
        Some(key) => {
            let claims = json!({
                "iss": base, "sub": "carol", "azp": "beer", "typ": "Bearer", "exp": now + 300,
            });
            key.sign(claims.to_string().as_bytes(), &Map::new())
                .unwrap()
        }
        None => script.access_token.clone(),
    };
    let tokens = json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": 60, "id_token": id_token,
    });
    changed(tokens, &script.tokens_change)
}
