//! What a request of ours shows to its endpoint alone, taken out of an answer that repeats it: such an answer is logged.

use relyant_jose::base64url;
use url::form_urlencoded;

use crate::http::HttpRequest;

/// The parameters of our forms that anybody may read. Whatever else a form has is taken for a secret.
const PUBLIC_PARAMETERS: [&str; 16] = [
    "grant_type",
    "redirect_uri",
    "client_id",
    "client_assertion_type",
    "token_type_hint",
    "scope",
    "resource",
    "response_type",
    "response_mode",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "acr_values",
    "ui_locales",
    "claims",
];

/// What stands in the place of a secret.
const REDACTED: &str = "***";

/// The secrets of one request, in each form in which an answer may repeat them.
pub(crate) struct SentSecrets(Vec<String>);

impl SentSecrets {
    /// What `request` sends that nobody else may read: in its form and in its `Authorization` header.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let form = form_urlencoded::parse(request.body.as_deref().unwrap_or_default().as_bytes());
        let in_form = form
            .filter(|(name, _)| !PUBLIC_PARAMETERS.contains(&name.as_ref()))
            .map(|(_, value)| value.into_owned());
        let headers = request.headers.iter();
        let in_header = headers
            .filter(|(name, _)| *name == "authorization")
            .flat_map(|(_, value)| of_authorization(value));
        let mut secrets: Vec<String> = in_form
            .chain(in_header)
            .flat_map(|secret| [form_encoded(&secret), secret])
            .filter(|secret| !secret.is_empty())
            .collect();
        // The longest first: what contains another is taken out whole.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// The text without them.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut redacted = text.to_owned();
        for secret in &self.0 {
            redacted = redacted.replace(secret, REDACTED);
        }
        redacted
    }
}

/// The credentials as they are, and the password in them. RFC 6749 §2.3.1, RFC 7617 §2.
fn of_authorization(header: &str) -> Vec<String> {
    let Some((_, credentials)) = header.split_once(' ') else {
        return vec![header.to_owned()];
    };
    let mut secrets = vec![credentials.to_owned()];
    secrets.extend(password(credentials));
    secrets
}

/// The password of Basic credentials, which was form-encoded before they were joined.
fn password(credentials: &str) -> Option<String> {
    let text = credentials.trim_end_matches('=');
    let text = text.replace('+', "-").replace('/', "_");
    let joined = String::from_utf8(base64url::decode(&text).ok()?).ok()?;
    let (_, encoded) = joined.split_once(':')?;
    let (decoded, _) = form_urlencoded::parse(encoded.as_bytes()).next()?;
    Some(decoded.into_owned())
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::http::basic_credentials;

    fn request(form: &str, authorization: Option<String>) -> HttpRequest {
        let url = Url::parse("https://op.example/token").unwrap();
        let mut request = HttpRequest::post_form(&url, form.to_owned());
        let header = authorization.map(|value| ("authorization", value));
        request.headers.extend(header);
        request
    }

    // OP-01
    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let form = "grant_type=authorization_code&code=co%2Bde&code_verifier=veri-1&client_id=beer&scope=openid&empty=";
        let secrets = SentSecrets::of(&request(form, Some(basic_credentials("beer", "p%25+%2B"))));
        for (text, expected) in [
            ("code co+de of beer", "code *** of beer"),
            (
                "code=co%2Bde&code_verifier=veri-1",
                "code=***&code_verifier=***",
            ),
            ("Basic YmVlcjpwJTI1KyUyQg==", "Basic ***"),
            ("secret p% +", "secret ***"),
            ("secret p%25+%2B", "secret ***"),
            (
                "openid for beer, authorization_code",
                "openid for beer, authorization_code",
            ),
            ("", ""),
        ] {
            assert_eq!(secrets.redact(text), expected, "{text}");
        }
    }

    // OP-01
    #[test]
    fn what_contains_another_secret_leaves_nothing_behind() {
        let secrets = SentSecrets::of(&request("code=ab&code_verifier=abc", None));
        assert_eq!(secrets.redact("abcd ab"), "***d ***");
    }

    #[test]
    fn a_request_without_a_form_has_what_its_header_has() {
        let get = |value: &str| {
            let mut request = HttpRequest::get(&Url::parse("https://op.example/userinfo").unwrap());
            request.headers.push(("authorization", value.to_owned()));
            SentSecrets::of(&request).redact("got access-1 by Bearer")
        };
        assert_eq!(get("Bearer access-1"), "got *** by Bearer");
        assert_eq!(get("access-1"), "got *** by Bearer");
    }
}
