//! URLs that are what they say: text that a parser would mend on its way is refused.
//!
//! A parser of the WHATWG kind, as browsers have it, turns `https:evil`, `https:\\evil` and a tab in the middle of a name into
//! addresses. What the operator, a log and another program read in such a text is then not what is called.
//!
//! URL Standard: <https://url.spec.whatwg.org/>; RFC 3986: <https://www.rfc-editor.org/rfc/rfc3986>

use url::Url;

use crate::error::Clipped;

/// Parses an absolute URL with a host, or says why `text` is none, in words that follow "it".
///
/// Taken is what RFC 3986 §6.2 calls equal: the case of scheme and host, the default port, an empty path. Anything else that
/// a parser changes is refused, and so are a user name, a password and a fragment.
pub fn parse(text: &str) -> Result<Url, Clipped> {
    let invalid = |reason: &str| Clipped::new(reason);
    let is_kept = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    if !text.bytes().all(is_kept) {
        return Err(invalid(
            "it has blanks, control characters, backslashes or characters outside ASCII",
        ));
    }
    let parts = Parts::of(text).ok_or_else(|| invalid("it is not an absolute URL with a host"))?;
    if parts.authority.contains('@') {
        return Err(invalid("it must have no user name and no password"));
    }
    if text.contains('#') {
        return Err(invalid("it must have no fragment"));
    }
    let url = Url::parse(text).map_err(|_| invalid("it is not a URL"))?;
    if parts.normal_form(&url) == url.as_str() {
        Ok(url)
    } else {
        let url = Clipped::without_credentials(url.as_str());
        Err(invalid(&format!("it would be read as {url}")))
    }
}

/// A URL's text, cut where RFC 3986 §3 says.
struct Parts<'t> {
    scheme: &'t str,
    authority: &'t str,
    /// Path and query.
    rest: &'t str,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (scheme, behind) = text.split_once("://")?;
        let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
        let (authority, rest) = behind.split_at_checked(end)?;
        (!scheme.is_empty() && !authority.is_empty()).then_some(Self {
            scheme,
            authority,
            rest,
        })
    }

    /// What the text is when it is written as a parser writes `url`. RFC 3986 §6.2.2.1, §6.2.3.
    fn normal_form(&self, url: &Url) -> String {
        let default_port = match url.scheme() {
            "https" => ":443",
            "http" => ":80",
            _ => "",
        };
        let authority = self
            .authority
            .strip_suffix(default_port)
            .unwrap_or(self.authority);
        let slash = if self.rest.starts_with('/') { "" } else { "/" };
        let (scheme, rest) = (self.scheme, self.rest);
        let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
        format!("{origin}{slash}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // RFC 3986 §6.2, §6.2.2.1, §6.2.3
    #[test]
    fn equal_ways_to_write_a_url_are_taken() {
        for (text, expected) in [
            ("https://op.example", "https://op.example/"),
            ("https://op.example/", "https://op.example/"),
            ("https://op.example?a=b", "https://op.example/?a=b"),
            ("HTTPS://OP.example/Aa", "https://op.example/Aa"),
            ("https://op.example:443/a", "https://op.example/a"),
            ("http://op.example:80", "http://op.example/"),
            ("https://op.example:80/", "https://op.example:80/"),
            ("https://[::1]:8443/a//b/", "https://[::1]:8443/a//b/"),
            ("https://10.0.0.1/%C3%a9?q=%20#", ""),
            (
                "https://10.0.0.1/%C3%a9?q=%20",
                "https://10.0.0.1/%C3%a9?q=%20",
            ),
            (
                "https://xn--bcher-kva.example/@",
                "https://xn--bcher-kva.example/@",
            ),
        ] {
            let parsed = parse(text).map(String::from).unwrap_or_default();
            assert_eq!(parsed, expected, "{text}");
        }
    }

    // RFC 3986 §3
    #[test]
    fn what_a_parser_would_mend_is_refused_with_the_reason() {
        let (characters, host) = (
            "it has blanks, control",
            "it is not an absolute URL with a host",
        );
        for (text, reason) in [
            (" https://op.example", characters),
            ("https://op.example ", characters),
            ("https://op.example/\n", characters),
            ("https://op\t.example/a", characters),
            ("https://op.example/a\rb", characters),
            ("https://op.example/a\0", characters),
            ("https://op.example\\evil.example/", characters),
            ("https:\\\\op.example/", characters),
            ("https://bücher.example/", characters),
            ("https:evil", host),
            ("https:/evil", host),
            ("https:///x", host),
            ("https://?x", host),
            ("://op.example", host),
            ("//op.example/", host),
            ("op.example", host),
            ("", host),
            ("file:///etc/passwd", host),
            ("javascript:alert(1)", host),
            ("https://carol@op.example/", "it must have no user name"),
            ("https://:beer@op.example/", "it must have no user name"),
            ("https://@op.example/", "it must have no user name"),
            ("https://op.example/a#b", "it must have no fragment"),
            ("https://op.example:99999/", "it is not a URL"),
            ("https://op.example/a/../b", "read as https://op.example/b"),
            (
                "https://op.example/a/%2e%2E/b",
                "read as https://op.example/b",
            ),
            ("https://op.example/./a", "read as https://op.example/a"),
            (
                "https://op.example/<a>",
                "read as https://op.example/%3Ca%3E",
            ),
            ("https://%6fp.example/", "read as https://op.example/"),
            ("https://op.example:/", "read as https://op.example/"),
            ("https://op.example:0443/", "read as https://op.example/"),
            ("https://2130706433/", "read as https://127.0.0.1/"),
            ("https://0x7f.1/", "read as https://127.0.0.1/"),
            ("https://[0:0:0:0:0:0:0:1]/", "read as https://[::1]/"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.as_str().contains(reason), "{text}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_is_called(text in "https?://[a-zA-Z0-9.:@\\[\\]%]{0,12}[/\\\\?#a-z.%@\t ]{0,12}") {
            if let Ok(url) = parse(&text) {
                let shown = text.to_ascii_lowercase();
                prop_assert!(shown.contains(url.host_str().unwrap_or("no host")));
                prop_assert!(shown.ends_with(url.path()) || url.path() == "/" || url.query().is_some());
                prop_assert!(url.username().is_empty() && url.password().is_none());
            }
        }
    }
}
