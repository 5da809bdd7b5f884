//! The authorization endpoint: a session or a click becomes a code. Core §3.1.2.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use crate::authorization_request::{
    AuthorizationRefusal, AuthorizationRequest, ErrorAnswer, Prompt, ResponseMode, ReturnAddress,
};
use crate::clock;
use crate::endpoint::{Endpoint, pushed_authorization};
use crate::failure::Failure;
use crate::login_page::{self, Attempt};
use crate::loopback::comes_from_another_origin;
use crate::misbehaviour::Misbehaviour;
use crate::page::Page;
use crate::parameters::Parameters;
use crate::people::Person;
use crate::provider::{Provider, Shared};
use crate::store::{Grant, Session, Store};
use crate::{form_post_page, random, session_cookie};

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

/// A request as it arrived.
struct Arrived {
    request: AuthorizationRequest,
    /// The URI under which it was pushed.
    request_uri: Option<String>,
}

impl Arrived {
    /// The request that goes on from here: a pushed one isn't good for anything else.
    fn use_up(self, provider: &Provider) -> AuthorizationRequest {
        if let Some(uri) = &self.request_uri {
            provider.store().forget_pushed(uri);
        }
        self.request
    }
}

/// How the store gives a pushed request out.
type Find = fn(&mut Store, &str, i64) -> Option<AuthorizationRequest>;

fn arrived(
    provider: &Provider,
    encoded: &str,
    find: Find,
) -> Result<Arrived, AuthorizationRefusal> {
    let parameters = Parameters::parse(encoded)?;
    let pushed = parameters
        .get("request_uri")
        .filter(|uri| uri.starts_with(pushed_authorization::PREFIX));
    if let Some(uri) = pushed {
        return Ok(Arrived {
            request: pushed_request(provider, &parameters, uri, find)
                .map_err(AuthorizationRefusal::Page)?,
            request_uri: Some(uri.to_owned()),
        });
    }
    let request = AuthorizationRequest::read(&parameters, &provider.client)?;
    // RFC 9126 §5: where it is required, nothing else will do.
    if provider.pushed_authorization().is_required() {
        return Err(AuthorizationRefusal::Redirect(request.not_pushed()));
    }
    Ok(Arrived {
        request,
        request_uri: None,
    })
}

fn pushed_request(
    provider: &Provider,
    parameters: &Parameters,
    uri: &str,
    find: Find,
) -> Result<AuthorizationRequest, String> {
    provider.client.named_by(parameters)?;
    // RFC 9101 §5, RFC 9126 §4: what stands beside it is not part of the request.
    if let Some(name) = parameters
        .names()
        .find(|name| !matches!(*name, "client_id" | "request_uri"))
    {
        return Err(format!(
            "The parameter {name} is there beside request_uri, which may have client_id alone."
        ));
    }
    find(&mut provider.store(), uri, clock::now()).ok_or_else(|| {
        "The request_uri is unknown, was used before, or is older than a minute. Start again at your site."
            .to_owned()
    })
}

fn ask(provider: &Provider, encoded: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let arrived = match arrived(provider, encoded, Store::show_pushed) {
        Ok(arrived) => arrived,
        Err(refusal) => return Ok(refuse(provider, &refusal)),
    };
    match fitting_session(provider, &arrived.request, headers) {
        Some(session) => {
            let request = arrived.use_up(provider);
            let acr = acr_of_session(provider, &request, &session);
            grant(provider, request, session, acr)
        }
        None if arrived.request.prompt == Prompt::Never => {
            let request = arrived.use_up(provider);
            Ok(send_error(provider, &request.login_required()))
        }
        None => Ok(login_page::show(
            provider,
            &arrived.request,
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
    let misbehaviours = provider.misbehaviours();
    if request.prompt == Prompt::Always && !misbehaviours.has(Misbehaviour::PromptLoginIgnored) {
        return None;
    }
    let now = clock::now();
    let session = provider
        .store()
        .session(&session_cookie::read(provider, headers)?, now)?;
    let young_enough = misbehaviours.has(Misbehaviour::MaxAgeIgnored)
        || request
            .max_age
            .is_none_or(|max_age| now - session.auth_time <= max_age);
    let wanted = wanted_acr(provider, request);
    let good_enough = wanted.is_empty() || wanted.contains(&session.acr);
    let known = provider.people().find(&session.person).is_some();
    (young_enough && good_enough && known).then_some(session)
}

/// How the person is to sign in, as far as anybody here cares.
fn wanted_acr<'a>(provider: &Provider, request: &'a AuthorizationRequest) -> &'a [String] {
    if provider.misbehaviours().has(Misbehaviour::AcrValuesIgnored) {
        &[]
    } else {
        &request.acr_values
    }
}

/// The `acr` where a session spared the sign-in: how she did sign in where that was asked for.
fn acr_of_session(
    provider: &Provider,
    request: &AuthorizationRequest,
    session: &Session,
) -> String {
    if wanted_acr(provider, request).is_empty() {
        "0".to_owned()
    } else {
        session.acr.clone()
    }
}

fn sign_in(
    provider: &Provider,
    query: &str,
    headers: &HeaderMap,
    body: &str,
) -> Result<Response, Failure> {
    let find: Find = |store, uri, now| store.shown_pushed(uri, now);
    let arrived = match arrived(provider, query, find) {
        Ok(arrived) => arrived,
        Err(refusal) => return Ok(refuse(provider, &refusal)),
    };
    if comes_from_another_origin(headers) {
        return Ok(Page::another_origin(provider));
    }
    let Some(person) = chosen_person(provider, body) else {
        return Ok(login_page::show(
            provider,
            &arrived.request,
            &target(query),
            Attempt::Failed,
        ));
    };
    let request = arrived.use_up(provider);
    let wanted = wanted_acr(provider, &request);
    let acr = person.best_acr(wanted);
    if request.claims.acr_is_essential && !wanted.is_empty() && !wanted.contains(&acr) {
        return Ok(send_error(provider, &request.unmet()));
    }
    let (cookie, session) = open_session(provider, person.name, acr.clone(), headers)?;
    let mut response = grant(provider, request, session, acr)?;
    if let Some(value) = session_cookie::set(provider, &cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// The name that was clicked, or typed with its password.
fn chosen_person(provider: &Provider, body: &str) -> Option<Person> {
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
    Some(person.clone())
}

/// A new session under a new cookie; the browser's old one ends.
fn open_session(
    provider: &Provider,
    person: String,
    acr: String,
    headers: &HeaderMap,
) -> Result<(String, Session), Failure> {
    let session = Session {
        sid: random::identifier()?,
        person,
        auth_time: clock::now(),
        acr,
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
    acr: String,
) -> Result<Response, Failure> {
    let code = random::identifier()?;
    let answer = vec![
        ("session_state", session.sid.clone()),
        ("code", code.clone()),
    ];
    let response = send(provider, &request.back, answer);
    let grant = Grant {
        session,
        redirect_uri: request.back.redirect_uri,
        code_challenge: request.code_challenge,
        nonce: request.nonce,
        scope: request.scope,
        acr,
        asked_claims: request.claims.of_id_token,
        resources: request.resources,
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
    send(provider, &error.back, answer)
}

type Answer = Vec<(&'static str, String)>;

/// Sends the browser back, with `state` and `iss`. RFC 9207 §2.
fn send(provider: &Provider, back: &ReturnAddress, mut answer: Answer) -> Response {
    answer.extend(back.state.iter().map(|state| ("state", state.clone())));
    answer.push(("iss", provider.issuer()));
    for misbehaviour in provider.misbehaviours().iter() {
        distort(&mut answer, misbehaviour);
    }
    match back.mode {
        ResponseMode::Query => redirect(&back.redirect_uri, &answer),
        ResponseMode::FormPost => form_post_page::show(provider, &back.redirect_uri, &answer),
    }
}

/// RFC 9700 §4.12: 303 never repeats a form.
fn redirect(redirect_uri: &str, answer: &Answer) -> Response {
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
