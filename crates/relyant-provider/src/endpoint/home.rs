//! The front page: what this is, and who lives here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::endpoint::Endpoint;
use crate::page::{Page, Text};
use crate::people::Person;
use crate::provider::Shared;

/// Shows where the metadata is, the client and the people.
pub(crate) async fn get(State(provider): State<Shared>) -> Response {
    let people: String = provider.people().iter().map(row).collect();
    let body = format!(
        r#"<p class="lead">An OpenID provider for laptops and tests. Open your site and sign in there: it will bring you back here.</p>
<dl>
<dt>Issuer</dt><dd><code>{issuer}</code></dd>
<dt>Client</dt><dd><code>{client}</code></dd>
<dt>Metadata</dt><dd><a href="{metadata}">{metadata}</a></dd>
</dl>
<h2>People</h2>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Roles</th><th scope="col">Subject</th></tr></thead>
<tbody>
{people}</tbody>
</table>"#,
        issuer = Text(&provider.issuer()),
        client = Text(&provider.client.id),
        metadata = Text(&Endpoint::Metadata.path()),
    );
    Page {
        title: "Brewery",
        body,
        status: StatusCode::OK,
        submits_itself: false,
        leads_to: None,
        frames: None,
    }
    .respond(&provider)
}

/// Any other address.
pub(crate) async fn nothing_here(State(provider): State<Shared>) -> Response {
    let says = "No page and no endpoint of the development provider has this address.";
    Page::notice(&provider, StatusCode::NOT_FOUND, "Nothing is here", says)
}

fn row(person: &Person) -> String {
    let roles = if person.roles.is_empty() {
        "none".to_owned()
    } else {
        person.roles.join(", ")
    };
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td></tr>\n",
        Text(&person.name),
        Text(&roles),
        Text(&person.subject())
    )
}
