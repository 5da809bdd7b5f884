//! The page on which one clicks a person, or types a name and a password.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::authorization_request::AuthorizationRequest;
use crate::client::AllowedUris;
use crate::page::{self, Page, Text};
use crate::people::Person;
use crate::provider::Provider;

/// What the page says above the people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Nothing was tried yet.
    First,
    /// The name and password were wrong, or the person is unknown.
    Failed,
}

/// Shows the people; `target` is the path and query that their buttons post to.
pub(crate) fn show(
    provider: &Provider,
    request: &AuthorizationRequest,
    target: &str,
    attempt: Attempt,
) -> Response {
    let leads_to = page::origin_of(&request.back.redirect_uri);
    let status = if attempt == Attempt::First {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let body = body(provider, request, target, attempt);
    Page {
        title: "Who are you today?",
        body,
        status,
        submits_itself: false,
        leads_to: leads_to.as_deref(),
        frames: None,
    }
    .respond(provider)
}

fn body(
    provider: &Provider,
    request: &AuthorizationRequest,
    target: &str,
    attempt: Attempt,
) -> String {
    let cards: String = provider
        .people()
        .iter()
        .enumerate()
        .map(|(index, person)| card(index, person, expected(person, request)))
        .collect();
    format!(
        r#"<p class="lead"><strong>{client}</strong> would like to know who you are. Choose a person to sign in as.</p>
{alert}<form method="post" action="{target}">
<ul class="people">
{cards}</ul>
</form>
{password_form}
<p class="small">You will be sent to <code>{redirect_uri}</code>.{registration}</p>"#,
        client = Text(&provider.client.id),
        alert = alert(attempt),
        target = Text(target),
        password_form = password_form(request, target, attempt),
        redirect_uri = Text(&request.back.redirect_uri),
        registration = registration(provider),
    )
}

fn alert(attempt: Attempt) -> &'static str {
    match attempt {
        Attempt::First => "",
        Attempt::Failed => {
            "<p class=\"alert\" role=\"alert\" id=\"failed\">There is no such person, or the password is wrong.</p>\n"
        }
    }
}

/// One person as a button; the initial is decoration, the rest is what a screen reader says.
fn card(index: usize, person: &Person, is_expected: bool) -> String {
    let full_name = person.full_name();
    let initial = full_name.chars().next().unwrap_or('?').to_string();
    format!(
        r#"<li><button class="person" name="person" value="{name}"{focus}>
<span class="initial shade-{shade}" aria-hidden="true">{initial}</span>
<span class="who"><span class="full-name">{full_name}</span> <span class="name">{name}</span>{about}</span>
<span class="roles">{roles}</span>
</button></li>
"#,
        name = Text(&person.name),
        focus = if is_expected { " autofocus" } else { "" },
        shade = index % 4,
        initial = Text(&initial),
        full_name = Text(full_name),
        about = about(person),
        roles = roles(person),
    )
}

/// Whether the site hinted at this person, by name or address. Core §3.1.2.1, `login_hint`.
fn expected(person: &Person, request: &AuthorizationRequest) -> bool {
    let email = person.claims.get("email").and_then(Value::as_str);
    let hint = request.login_hint.as_deref();
    hint == Some(person.name.as_str()) || (hint.is_some() && hint == email)
}

fn about(person: &Person) -> String {
    if person.about.is_empty() {
        String::new()
    } else {
        format!(" <span class=\"about\">{}</span>", Text(&person.about))
    }
}

fn roles(person: &Person) -> String {
    if person.roles.is_empty() {
        return "<span class=\"role none\">no roles</span>".to_owned();
    }
    let chips = person
        .roles
        .iter()
        .map(|role| format!("<span class=\"role\">{}</span>", Text(role)));
    format!(
        "<span class=\"hidden\">Roles: </span>{}",
        chips.collect::<Vec<_>>().join(" ")
    )
}

/// The form stays folded until it was used: a click is enough.
fn password_form(request: &AuthorizationRequest, target: &str, attempt: Attempt) -> String {
    format!(
        r#"<details{open}>
<summary>Use a name and a password instead</summary>
<form method="post" action="{target}" class="password">
<p><label for="username">Name</label> <input id="username" name="username" value="{hint}" autocomplete="username" autocapitalize="none" spellcheck="false" required{invalid}></p>
<p><label for="password">Password</label> <input id="password" name="password" type="password" autocomplete="current-password" required{invalid}></p>
<p class="small">The password is the name, unless the file of people says otherwise.</p>
<p><button class="plain">Sign in</button></p>
</form>
</details>"#,
        open = if attempt == Attempt::Failed {
            " open"
        } else {
            ""
        },
        invalid = if attempt == Attempt::Failed {
            " aria-describedby=\"failed\""
        } else {
            ""
        },
        target = Text(target),
        hint = Text(request.login_hint.as_deref().unwrap_or_default()),
    )
}

fn registration(provider: &Provider) -> &'static str {
    match provider.client.redirect_uris {
        AllowedUris::AnyLocal => {
            " No redirect URI is registered, so any page on this computer may ask."
        }
        AllowedUris::Registered(_) => "",
    }
}
