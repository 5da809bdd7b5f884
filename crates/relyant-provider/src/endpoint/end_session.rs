//! The end-session endpoint. RP-Initiated Logout §2 and §3.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use crate::back_channel_logout;
use crate::clock;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::front_channel_logout;
use crate::loopback::comes_from_another_origin;
use crate::page::{self, Page, Text};
use crate::parameters::{Parameters, Repeated};
use crate::provider::{Provider, Shared};
use crate::session_cookie;

/// A logout request in the query.
pub(crate) async fn get(
    State(provider): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&provider, &query.unwrap_or_default(), &headers, false).await
}

/// A logout request in the body; or the person's "yes", with the request in the query.
pub(crate) async fn post(
    State(provider): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    let confirmed = Parameters::parse(&body).is_ok_and(|form| form.get("confirm") == Some("yes"));
    if confirmed && comes_from_another_origin(&headers) {
        Page::another_origin(&provider)
    } else if confirmed {
        answer(&provider, &query.unwrap_or_default(), &headers, true).await
    } else {
        answer(&provider, &body, &headers, false).await
    }
}

/// Without a hint of ours the person is asked, as Keycloak does; an expired hint is good enough.
async fn answer(
    provider: &Provider,
    encoded: &str,
    headers: &HeaderMap,
    confirmed: bool,
) -> Response {
    let destination = match Parameters::parse(encoded)
        .map_err(repeated)
        .and_then(|p| destination(provider, &p))
    {
        Ok(destination) => destination,
        Err(says) => {
            return Page::notice(
                provider,
                StatusCode::BAD_REQUEST,
                "This request can't be answered",
                &says,
            );
        }
    };
    match destination
        .hinted_sid
        .or_else(|| confirmed.then(|| browser_sid(provider, headers)).flatten())
    {
        Some(sid) => match end(provider, &sid).await {
            Ok(()) => leave(provider, Some(&sid), destination.uri),
            Err(failure) => failure.into_response(),
        },
        None if confirmed => leave(provider, None, destination.uri),
        None => ask(provider, encoded, destination.uri.as_deref()),
    }
}

/// Ends a session, and tells the client's server before the browser comes back to it. Back-Channel Logout §2.5.
async fn end(provider: &Provider, sid: &str) -> Result<(), Failure> {
    let ended = provider.store().end_session(sid);
    if let Some(session) = ended {
        back_channel_logout::notify(provider, &session).await?;
    }
    Ok(())
}

struct Destination {
    /// The session that the hint names.
    hinted_sid: Option<String>,
    /// Where the browser goes, `state` included.
    uri: Option<String>,
}

fn repeated(Repeated(name): Repeated) -> String {
    format!("The parameter {name} is there more than once.")
}

fn destination(provider: &Provider, parameters: &Parameters) -> Result<Destination, String> {
    let client_id = parameters.get("client_id");
    if let Some(other) = client_id.filter(|id| *id != provider.client.id) {
        return Err(format!("No client is called {other}."));
    }
    let hint = parameters.get("id_token_hint");
    let hinted_sid =
        hint.and_then(|token| provider.store().sid_of_id_token(token).map(str::to_owned));
    let Some(uri) = parameters.get("post_logout_redirect_uri") else {
        return Ok(Destination {
            hinted_sid,
            uri: None,
        });
    };
    if client_id.is_none() && hint.is_none() {
        return Err(
            "post_logout_redirect_uri needs client_id or id_token_hint beside it.".to_owned(),
        );
    }
    if !provider.client.post_logout_redirect_uris.permit(uri) {
        return Err(format!(
            "{uri} is not a post-logout redirect URI of {}.",
            provider.client.id
        ));
    }
    Ok(Destination {
        hinted_sid,
        uri: Some(with_state(uri, parameters.get("state"))),
    })
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else {
        return uri.to_owned();
    };
    let separator = if uri.contains('?') { '&' } else { '?' };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .finish();
    format!("{uri}{separator}{query}")
}

fn browser_sid(provider: &Provider, headers: &HeaderMap) -> Option<String> {
    let cookie = session_cookie::read(provider, headers)?;
    provider
        .store()
        .session(&cookie, clock::now())
        .map(|session| session.sid)
}

fn leave(provider: &Provider, sid: Option<&str>, uri: Option<String>) -> Response {
    let frame = sid.and_then(|sid| front_channel_logout::address(provider, sid));
    let mut response = match (frame, uri) {
        (Some(frame), uri) => front_channel_logout::show(provider, &frame, uri.as_deref()),
        (None, Some(uri)) => (StatusCode::SEE_OTHER, [(header::LOCATION, uri)]).into_response(),
        (None, None) => Page::notice(
            provider,
            StatusCode::OK,
            "Signed out",
            "You are signed out of the development provider.",
        ),
    };
    if let Some(value) = session_cookie::clear(provider) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

fn ask(provider: &Provider, encoded: &str, destination: Option<&str>) -> Response {
    let target = format!("{}?{encoded}", Endpoint::EndSession.path());
    let body = format!(
        r#"<p class="lead">The request doesn't prove whose session it means, so you are asked.</p>
<form method="post" action="{}">
<p><button class="plain" name="confirm" value="yes">Sign out</button></p>
</form>"#,
        Text(&target)
    );
    Page {
        title: "Do you want to sign out?",
        body,
        status: StatusCode::OK,
        submits_itself: false,
        leads_to: destination.and_then(page::origin_of).as_deref(),
        frames: None,
    }
    .respond(provider)
}
