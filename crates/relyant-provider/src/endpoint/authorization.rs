//! The authorization endpoint: a session or a click becomes a code. Core §3.1.2.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use crate::authorization_request::{
    AuthorizationRefusal, AuthorizationRequest, ErrorAnswer, Prompt,
};
use crate::clock;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::login_page::{self, Attempt};
use crate::loopback::comes_from_another_origin;
use crate::misbehaviour::Misbehaviour;
use crate::page::Page;
use crate::parameters::Parameters;
use crate::provider::{Provider, Shared};
use crate::store::{Grant, Session};
use crate::{random, session_cookie};

/// An authorization request that arrives in the query.
pub(crate) async fn get(
    State(provider): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    ask(&provider, &query.unwrap_or_default(), &headers)
}

/// The login page's form, which keeps the request in the query; or, without a query, a request in the body.
///
/// Core §3.1.2.1 has the endpoint take GET and POST.
pub(crate) async fn post(
    State(provider): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    match query.filter(|query| !query.is_empty()) {
        Some(query) => sign_in(&provider, &query, &headers, &body),
        None => ask(&provider, &body, &headers),
    }
}

fn ask(provider: &Provider, encoded: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let request = match AuthorizationRequest::parse(encoded, &provider.client) {
        Ok(request) => request,
        Err(refusal) => return Ok(refuse(provider, &refusal)),
    };
    match (fitting_session(provider, &request, headers), request.prompt) {
        (Some(session), _) => grant(provider, request, session, "0"),
        (None, Prompt::Never) => Ok(send_error(provider, &request.login_required())),
        (None, _) => Ok(login_page::show(
            provider,
            &request,
            &target(encoded),
            Attempt::First,
        )),
    }
}

/// The browser's session, if it spares the page.
fn fitting_session(
    provider: &Provider,
    request: &AuthorizationRequest,
    headers: &HeaderMap,
) -> Option<Session> {
    if request.prompt == Prompt::Always {
        return None;
    }
    let now = clock::now();
    let session = provider
        .store()
        .session(&session_cookie::read(provider, headers)?, now)?;
    let young_enough = request
        .max_age
        .is_none_or(|max_age| now - session.auth_time <= max_age);
    let known = provider.people().find(&session.person).is_some();
    (young_enough && known).then_some(session)
}

fn sign_in(
    provider: &Provider,
    query: &str,
    headers: &HeaderMap,
    body: &str,
) -> Result<Response, Failure> {
    let request = match AuthorizationRequest::parse(query, &provider.client) {
        Ok(request) => request,
        Err(refusal) => return Ok(refuse(provider, &refusal)),
    };
    if comes_from_another_origin(headers) {
        return Ok(Page::another_origin(provider));
    }
    let Some(person) = chosen_person(provider, body) else {
        return Ok(login_page::show(
            provider,
            &request,
            &target(query),
            Attempt::Failed,
        ));
    };
    let (cookie, session) = open_session(provider, person, headers)?;
    let mut response = grant(provider, request, session, "1")?;
    if let Some(value) = session_cookie::set(provider, &cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// The name that was clicked, or typed with its password.
fn chosen_person(provider: &Provider, body: &str) -> Option<String> {
    let form = Parameters::parse(body).ok()?;
    let people = provider.people();
    let person = match (
        form.get("person"),
        form.get("username"),
        form.get("password"),
    ) {
        (Some(name), None, None) => people.find(name)?,
        (None, Some(name), Some(password)) => people.sign_in(name, password)?,
        _ => return None,
    };
    Some(person.name.clone())
}

/// A new session under a new cookie; the browser's old one ends.
fn open_session(
    provider: &Provider,
    person: String,
    headers: &HeaderMap,
) -> Result<(String, Session), Failure> {
    let session = Session {
        sid: random::identifier()?,
        person,
        auth_time: clock::now(),
    };
    let cookie = random::identifier()?;
    let mut store = provider.store();
    let old =
        session_cookie::read(provider, headers).and_then(|old| store.session(&old, clock::now()));
    if let Some(old) = old {
        store.end_session(&old.sid);
    }
    store.open_session(cookie.clone(), session.clone());
    Ok((cookie, session))
}

/// Issues a code and sends it. Core §3.1.2.5; `session_state` as Keycloak adds it.
fn grant(
    provider: &Provider,
    request: AuthorizationRequest,
    session: Session,
    acr: &'static str,
) -> Result<Response, Failure> {
    let code = random::identifier()?;
    let answer = vec![
        ("session_state", session.sid.clone()),
        ("code", code.clone()),
    ];
    let response = send(
        provider,
        &request.redirect_uri,
        request.state.as_deref(),
        answer,
    );
    let grant = Grant {
        session,
        redirect_uri: request.redirect_uri,
        code_challenge: request.code_challenge,
        nonce: request.nonce,
        scope: request.scope,
        acr,
    };
    provider.store().issue_code(code, grant, clock::now());
    Ok(response)
}

fn refuse(provider: &Provider, refusal: &AuthorizationRefusal) -> Response {
    match refusal {
        AuthorizationRefusal::Page(says) => Page::notice(
            provider,
            StatusCode::BAD_REQUEST,
            "This request can't be answered",
            says,
        ),
        AuthorizationRefusal::Redirect(answer) => send_error(provider, answer),
    }
}

fn send_error(provider: &Provider, error: &ErrorAnswer) -> Response {
    let answer = vec![
        ("error", error.error.to_owned()),
        ("error_description", error.description.to_owned()),
    ];
    send(
        provider,
        &error.redirect_uri,
        error.state.as_deref(),
        answer,
    )
}

type Answer = Vec<(&'static str, String)>;

/// Sends the browser back, with `state` and `iss`. RFC 9207 §2; RFC 9700 §4.12: 303 never repeats a form.
fn send(
    provider: &Provider,
    redirect_uri: &str,
    state: Option<&str>,
    mut answer: Answer,
) -> Response {
    answer.extend(state.map(|state| ("state", state.to_owned())));
    answer.push(("iss", provider.issuer()));
    for misbehaviour in provider.misbehaviours().iter() {
        distort(&mut answer, misbehaviour);
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(answer)
        .finish();
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    let headers = [
        (
            header::LOCATION,
            format!("{redirect_uri}{separator}{query}"),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn distort(answer: &mut Answer, misbehaviour: Misbehaviour) {
    match misbehaviour {
        Misbehaviour::CallbackWrongIss => {
            replace(answer, "iss", "https://provider.invalid/realms/brewery");
        }
        Misbehaviour::CallbackMissingIss => answer.retain(|(name, _)| *name != "iss"),
        Misbehaviour::CallbackWrongState => replace(answer, "state", "another-state"),
        Misbehaviour::CallbackNoState => answer.retain(|(name, _)| *name != "state"),
        Misbehaviour::CallbackCodeTwice => answer.push(("code", "another-code".to_owned())),
        Misbehaviour::CallbackCodeAndError => answer.push(("error", "access_denied".to_owned())),
        Misbehaviour::CallbackAccessDenied => refuse_with(answer, "access_denied", ""),
        Misbehaviour::CallbackPkceRefused => {
            refuse_with(
                answer,
                "invalid_request",
                "code_challenge_method is not the registered one",
            );
        }
        Misbehaviour::CallbackFlowRefused => {
            refuse_with(answer, "unauthorized_client", "no standard flow");
        }
        Misbehaviour::CallbackInvalidScope => refuse_with(answer, "invalid_scope", "unknown scope"),
        _ => {}
    }
}

/// Turns the answer into an error. RFC 6749 §4.1.2.1.
fn refuse_with(answer: &mut Answer, error: &str, description: &str) {
    answer.retain(|(name, _)| *name != "code");
    answer.push(("error", error.to_owned()));
    if !description.is_empty() {
        answer.push(("error_description", description.to_owned()));
    }
}

fn replace(answer: &mut Answer, name: &str, with: &str) {
    for (_, value) in answer.iter_mut().filter(|(known, _)| *known == name) {
        with.clone_into(value);
    }
}

/// The login page posts to its own address, so that the request stays in the query.
fn target(query: &str) -> String {
    format!("{}?{query}", Endpoint::Authorization.path())
}
