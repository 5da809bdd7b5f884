//! The frame by which a browser tells the client that its session here has ended. Front-Channel Logout §2 and §3.

use axum::http::StatusCode;
use axum::response::Response;

use crate::page::{self, Page, Text};
use crate::provider::Provider;

/// The client's address for one session that ended; none where the client has no such address.
pub(crate) fn address(provider: &Provider, sid: &str) -> Option<String> {
    let uri = provider.frontchannel_logout_uri()?;
    let required = provider
        .logout_session()
        .frontchannel_logout_session_required;
    // §2: both, or neither.
    let parameters = [("iss", provider.issuer()), ("sid", sid.to_owned())];
    Some(uri.with_query(if required { &parameters } else { &[] }))
}

/// The page with the frame. It leads on by a link, so that the frame has its time.
pub(crate) fn show(provider: &Provider, frame: &str, next: Option<&str>) -> Response {
    let onward = next.map_or_else(String::new, |next| {
        format!("\n<p><a href=\"{}\">Go on</a></p>", Text(next))
    });
    let body = format!(
        "<p>You are signed out of the development provider.</p>\n\
         <iframe title=\"Signing out of your site\" src=\"{}\"></iframe>{onward}",
        Text(frame)
    );
    Page {
        title: "Signed out",
        body,
        status: StatusCode::OK,
        submits_itself: false,
        leads_to: None,
        frames: page::origin_of(frame).as_deref(),
    }
    .respond(provider)
}
