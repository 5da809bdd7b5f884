//! The page that carries an answer back in a form. OAuth 2.0 Form Post Response Mode §2.

use axum::http::StatusCode;
use axum::response::Response;

use crate::page::{self, Page, Text};
use crate::provider::Provider;

/// Shows the answer's form, which a script sends on at once; without scripts the person presses its button.
pub(crate) fn show(
    provider: &Provider,
    redirect_uri: &str,
    answer: &[(&'static str, String)],
) -> Response {
    let fields: String = answer.iter().map(field).collect();
    let body = format!(
        r#"<p class="lead">You are on your way back to <code>{target}</code>.</p>
<form method="post" action="{target}">
{fields}<p><button class="plain">Go on</button></p>
</form>"#,
        target = Text(redirect_uri),
    );
    let leads_to = page::origin_of(redirect_uri);
    Page {
        title: "Back to your site",
        body,
        status: StatusCode::OK,
        submits_itself: true,
        leads_to: leads_to.as_deref(),
        frames: None,
    }
    .respond(provider)
}

fn field((name, value): &(&'static str, String)) -> String {
    format!(
        "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
        Text(name),
        Text(value)
    )
}
