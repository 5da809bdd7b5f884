//! The frame of every page: what this provider is, the stylesheet, and headers that let nothing else in.

use std::fmt;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::endpoint::assets::{ICON, STYLESHEET, SUBMIT};
use crate::provider::Provider;

/// Text inside a page, escaped; the only way for a value to get into one.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => formatter.write_str("&amp;"),
            '<' => formatter.write_str("&lt;"),
            '>' => formatter.write_str("&gt;"),
            '"' => formatter.write_str("&quot;"),
            '\'' => formatter.write_str("&#39;"),
            other => fmt::Write::write_char(formatter, other),
        })
    }
}

/// The origin of an address, as a content security policy names it; none where it has none of its own.
pub(crate) fn origin_of(address: &str) -> Option<String> {
    let origin = Url::parse(address).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// One page.
pub(crate) struct Page<'a> {
    /// Its title and first heading.
    pub(crate) title: &'a str,
    /// Markup below the heading, whose values went through [`Text`].
    pub(crate) body: String,
    /// The status of the answer.
    pub(crate) status: StatusCode,
    /// Whether a script sends the page's form on at once.
    pub(crate) submits_itself: bool,
    /// The origin that the page's form leads to in the end, by a redirect.
    pub(crate) leads_to: Option<&'a str>,
    /// The origin whose page is shown in a frame.
    pub(crate) frames: Option<&'a str>,
}

impl Page<'_> {
    /// A page that says one thing.
    pub(crate) fn notice(
        provider: &Provider,
        status: StatusCode,
        title: &str,
        says: &str,
    ) -> Response {
        let body = format!("<p>{}</p>", Text(says));
        Page {
            title,
            body,
            status,
            submits_itself: false,
            leads_to: None,
            frames: None,
        }
        .respond(provider)
    }

    /// A page that takes no answers from other origins' forms.
    pub(crate) fn another_origin(provider: &Provider) -> Response {
        let says = "The form came from another site. Start again from your site's login.";
        Self::notice(
            provider,
            StatusCode::FORBIDDEN,
            "This form can't be taken",
            says,
        )
    }

    /// The page as an answer.
    pub(crate) fn respond(&self, provider: &Provider) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (
                header::CONTENT_SECURITY_POLICY,
                self.content_security_policy(),
            ),
            (header::REFERRER_POLICY, "no-referrer".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            (header::X_FRAME_OPTIONS, "DENY".to_owned()),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        (self.status, headers, self.markup(provider)).into_response()
    }

    /// Browsers hold a form's redirect against `form-action` too, so the client's origin is in it.
    fn content_security_policy(&self) -> String {
        format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'{}{}",
            self.leads_to.unwrap_or_default(),
            if self.submits_itself {
                "; script-src 'self'"
            } else {
                ""
            },
            self.frames
                .map_or_else(String::new, |origin| format!("; frame-src {origin}")),
        )
    }

    fn script(&self) -> String {
        if self.submits_itself {
            format!("\n<script src=\"{SUBMIT}\" defer></script>")
        } else {
            String::new()
        }
    }

    fn markup(&self, provider: &Provider) -> String {
        format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Development provider</title>
<link rel="stylesheet" href="{STYLESHEET}">
<link rel="icon" href="{ICON}" type="image/svg+xml">{script}
</head>
<body>
<header class="banner"><p><strong>Development provider.</strong> No real sign-in: everybody may be anybody. It answers on this computer only.</p></header>
<main>
<h1>{title}</h1>
{body}
</main>
<footer>
{misbehaviours}<p>relyant-provider {version} · issuer <code>{issuer}</code></p>
</footer>
</body>
</html>
"#,
            title = Text(self.title),
            script = self.script(),
            body = self.body,
            misbehaviours = misbehaviours(provider),
            version = env!("CARGO_PKG_VERSION"),
            issuer = Text(&provider.issuer()),
        )
    }
}

fn misbehaviours(provider: &Provider) -> String {
    let names = provider.misbehaviours().names();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "<p class=\"warning\">Misbehaving on request: {}</p>\n",
        Text(&names.join(", "))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_in_values_becomes_text() {
        assert_eq!(
            Text("<a href='x'>\"&\"</a>").to_string(),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn no_value_can_open_a_tag_or_leave_an_attribute(value in any::<String>()) {
            let escaped = Text(&value).to_string();
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
        }
    }
}
