//! The control endpoint: tests and demos change the running provider.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::back_channel_logout::{self, Notice};
use crate::endpoint::Endpoint;
use crate::json_answer;
use crate::local_http::{LocalUri, NotLocal};
use crate::logout_session::LogoutSession;
use crate::misbehaviour::Misbehaviours;
use crate::people::PersonChange;
use crate::provider::Shared;
use crate::pushed_authorization::PushedAuthorization;
use crate::response_algorithms::ResponseAlgorithms;

/// Where it is.
pub(crate) const CONTROL: &str = "/_control";
/// The header that every call carries; another site's page can't send it.
const HEADER: &str = "x-relyant-control";

/// The routes below [`CONTROL`].
pub(crate) fn routes() -> Router<Shared> {
    let control = Router::new()
        .route("/misbehave", post(misbehave))
        .route("/rotate-keys", post(rotate_keys))
        .route("/people/{name}", post(change_person))
        .route("/par", post(offer_par))
        .route("/age-sessions", post(age_sessions))
        .route("/rotate-refresh-tokens", post(rotate_refresh_tokens))
        .route("/backchannel-logout-uri", post(register_logout_uri))
        .route("/frontchannel-logout-uri", post(register_frame_uri))
        .route("/logout-session", post(register_logout_session))
        .route("/client-jwks-uri", post(register_client_jwks_uri))
        .route("/response-algorithms", post(register_response_algorithms))
        .route("/sign-out", post(sign_out))
        .route("/requests", get(requests))
        .route("/reset", post(reset))
        .layer(middleware::from_fn(need_header));
    Router::new().nest(CONTROL, control)
}

async fn need_header(request: Request, next: Next) -> Response {
    if request
        .headers()
        .get(HEADER)
        .is_some_and(|value| value == "1")
    {
        return next.run(request).await;
    }
    refuse(
        StatusCode::FORBIDDEN,
        "the header X-Relyant-Control: 1 is missing",
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Misbehave {
    names: Vec<String>,
}

/// Replaces what is switched on; an empty list is good behaviour.
async fn misbehave(State(provider): State<Shared>, body: String) -> Result<Response, WrongBody> {
    let Misbehave { names } = parse(&body)?;
    let misbehaviours = Misbehaviours::parse(names.iter().map(String::as_str))
        .map_err(|unknown| WrongBody(unknown.to_string()))?;
    provider.changeable().misbehaviours = misbehaviours;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotate {
    #[serde(default = "yes")]
    keep_old: bool,
}

fn yes() -> bool {
    true
}

/// A new signing key; the old ones stay published unless the body is `{"keep_old": false}`.
async fn rotate_keys(State(provider): State<Shared>, body: String) -> Result<Response, WrongBody> {
    let Rotate { keep_old } = parse(if body.is_empty() { "{}" } else { &body })?;
    let rotated = tokio::task::block_in_place(|| provider.keys.rotate(keep_old));
    Ok(rotated.map_or_else(IntoResponse::into_response, |()| done()))
}

/// Changes a person's roles or claims; one who isn't there yet joins.
async fn change_person(
    State(provider): State<Shared>,
    Path(name): Path<String>,
    body: String,
) -> Result<Response, WrongBody> {
    let change: PersonChange = parse(&body)?;
    provider.changeable().people.change(&name, change);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Par {
    par: PushedAuthorization,
}

/// Says from now on what the metadata has about pushed requests.
async fn offer_par(State(provider): State<Shared>, body: String) -> Result<Response, WrongBody> {
    let Par { par } = parse(&body)?;
    provider.changeable().pushed_authorization = par;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Age {
    seconds: u32,
}

/// Lets everybody's sign-in be so much longer ago.
async fn age_sessions(State(provider): State<Shared>, body: String) -> Result<Response, WrongBody> {
    let Age { seconds } = parse(&body)?;
    provider.store().age_sessions(i64::from(seconds));
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateRefreshTokens {
    rotate: bool,
}

/// Lets refresh tokens be good for one use from now on, or for many.
async fn rotate_refresh_tokens(
    State(provider): State<Shared>,
    body: String,
) -> Result<Response, WrongBody> {
    let RotateRefreshTokens { rotate } = parse(&body)?;
    provider.changeable().rotates_refresh_tokens = rotate;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterUri {
    uri: Option<String>,
}

impl RegisterUri {
    fn parse(body: &str) -> Result<Option<LocalUri>, WrongBody> {
        let Self { uri } = parse(body)?;
        let uri = uri.map(|uri| uri.parse()).transpose();
        uri.map_err(|error: NotLocal| WrongBody(error.to_string()))
    }
}

/// Registers where logout tokens go; null takes the address out.
async fn register_logout_uri(
    State(provider): State<Shared>,
    body: String,
) -> Result<Response, WrongBody> {
    provider.changeable().backchannel_logout_uri = RegisterUri::parse(&body)?;
    Ok(done())
}

/// Registers the page that a frame shows when a browser signs out; null takes the address out.
async fn register_frame_uri(
    State(provider): State<Shared>,
    body: String,
) -> Result<Response, WrongBody> {
    provider.changeable().frontchannel_logout_uri = RegisterUri::parse(&body)?;
    Ok(done())
}

/// Registers anew whether the client hears which session has ended; what the body leaves out is so.
async fn register_logout_session(
    State(provider): State<Shared>,
    body: String,
) -> Result<Response, WrongBody> {
    let logout_session: LogoutSession = parse(&body)?;
    provider.changeable().logout_session = logout_session;
    Ok(done())
}

/// Registers where the client publishes its keys; null lets it show its secret again.
async fn register_client_jwks_uri(
    State(provider): State<Shared>,
    body: String,
) -> Result<Response, WrongBody> {
    provider.changeable().client_jwks_uri = RegisterUri::parse(&body)?;
    Ok(done())
}

/// Registers anew how the client gets its tokens and userinfo; what the body leaves out is plain again.
async fn register_response_algorithms(
    State(provider): State<Shared>,
    body: String,
) -> Result<Response, WrongBody> {
    let algorithms: ResponseAlgorithms = parse(&body)?;
    algorithms
        .check(provider.client.secret())
        .map_err(|error| WrongBody(error.to_string()))?;
    provider.changeable().response_algorithms = algorithms;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignOut {
    person: String,
}

/// Ends all sessions of a person, as an administrator does, and shows the logout token of each and what became of it.
async fn sign_out(State(provider): State<Shared>, body: String) -> Result<Response, WrongBody> {
    let SignOut { person } = parse(&body)?;
    let sessions = provider.store().sessions_of(&person);
    let mut notices = Vec::new();
    for session in &sessions {
        provider.store().end_session(&session.sid);
        match back_channel_logout::notify(&provider, session).await {
            Ok(notice) => notices.push(shown(&notice)),
            Err(failure) => return Ok(failure.into_response()),
        }
    }
    let body = json!({ "sessions": notices });
    Ok(json_answer::fresh(StatusCode::OK, &body))
}

fn shown(notice: &Notice) -> Value {
    json!({ "sid": notice.sid, "logout_token": notice.logout_token, "status": notice.status })
}

/// How often each endpoint was called since the start or the last reset.
async fn requests(State(provider): State<Shared>) -> Response {
    let counts = Endpoint::ALL.iter().map(|&endpoint| {
        (
            endpoint.name().to_owned(),
            json!(provider.requests(endpoint)),
        )
    });
    json_answer::fresh(StatusCode::OK, &Value::Object(counts.collect()))
}

/// People, misbehaviours, sessions and counts as at the start; the keys stay.
async fn reset(State(provider): State<Shared>) -> Response {
    provider.reset();
    done()
}

/// The body isn't what the call takes; says why.
struct WrongBody(String);

impl IntoResponse for WrongBody {
    fn into_response(self) -> Response {
        refuse(StatusCode::BAD_REQUEST, &self.0)
    }
}

/// Strict JSON of a known shape.
fn parse<T: DeserializeOwned>(body: &str) -> Result<T, WrongBody> {
    let value =
        relyant_jose::json::parse(body.as_bytes()).map_err(|error| WrongBody(error.to_string()))?;
    serde_json::from_value(value).map_err(|error| WrongBody(error.to_string()))
}

fn refuse(status: StatusCode, why: &str) -> Response {
    json_answer::fresh(status, &json!({ "error": why }))
}

fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
