//! Authorization requests, parsed and checked. Core §3.1.2.1, RFC 7636 §4.3.

use crate::client::Client;
use crate::parameters::{Parameters, Repeated};

/// An authorization request of the client that may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizationRequest {
    /// Where the answer goes; registered.
    pub(crate) redirect_uri: String,
    /// Comes back with the answer.
    pub(crate) state: Option<String>,
    /// Goes into the ID token.
    pub(crate) nonce: Option<String>,
    /// What was asked for.
    pub(crate) scope: String,
    /// The S256 challenge of the code verifier.
    pub(crate) code_challenge: String,
    /// Whether a session is enough.
    pub(crate) prompt: Prompt,
    /// How old the sign-in may be, in seconds.
    pub(crate) max_age: Option<i64>,
    /// Fills in the name.
    pub(crate) login_hint: Option<String>,
}

/// What the relying party wants the person to see. Core §3.1.2.1, `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// The page, unless there is a session.
    IfNeeded,
    /// No page, whatever happens.
    Never,
    /// The page, whatever happens.
    Always,
}

/// Why an authorization request isn't granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AuthorizationRefusal {
    /// Nobody can be told but the person: the client or its redirect URI is in doubt. RFC 6749 §4.1.2.1.
    Page(String),
    /// The client is told at its redirect URI.
    Redirect(ErrorAnswer),
}

/// An error that goes to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorAnswer {
    /// Where it goes.
    pub(crate) redirect_uri: String,
    /// The request's state.
    pub(crate) state: Option<String>,
    /// The code, such as `invalid_request`.
    pub(crate) error: &'static str,
    /// What is wrong, for the developer.
    pub(crate) description: &'static str,
}

/// The length of a SHA-256 in base64url. RFC 7636 §4.2.
const CHALLENGE_LENGTH: usize = 43;

impl AuthorizationRequest {
    /// Parses the request's parameters.
    pub(crate) fn parse(encoded: &str, client: &Client) -> Result<Self, AuthorizationRefusal> {
        let parameters = Parameters::parse(encoded).map_err(|Repeated(name)| {
            AuthorizationRefusal::Page(format!("The parameter {name} is there more than once."))
        })?;
        let redirect_uri = redirect_uri(&parameters, client).map_err(AuthorizationRefusal::Page)?;
        check(&parameters, redirect_uri).map_err(|(error, description)| {
            let state = parameters.get("state").map(str::to_owned);
            AuthorizationRefusal::Redirect(ErrorAnswer {
                redirect_uri: redirect_uri.to_owned(),
                state,
                error,
                description,
            })
        })
    }

    /// The refusal that this request gets when no page may be shown and there is no session.
    pub(crate) fn login_required(&self) -> ErrorAnswer {
        ErrorAnswer {
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
            error: "login_required",
            description: "nobody is signed in at the provider",
        }
    }
}

/// The redirect URI, once client and URI are known to belong together.
fn redirect_uri<'a>(parameters: &'a Parameters, client: &Client) -> Result<&'a str, String> {
    let client_id = parameters
        .get("client_id")
        .ok_or("The parameter client_id is missing.")?;
    if client_id != client.id {
        return Err(format!(
            "No client is called {client_id}. This provider knows {}.",
            client.id
        ));
    }
    let uri = parameters
        .get("redirect_uri")
        .ok_or("The parameter redirect_uri is missing.")?;
    if client.redirect_uris.permit(uri) {
        Ok(uri)
    } else {
        Err(format!("{uri} is not a redirect URI of {client_id}."))
    }
}

fn check(
    parameters: &Parameters,
    redirect_uri: &str,
) -> Result<AuthorizationRequest, (&'static str, &'static str)> {
    if parameters.get("request").is_some() {
        return Err(("request_not_supported", "request objects are not supported"));
    }
    if parameters.get("request_uri").is_some() {
        return Err((
            "request_uri_not_supported",
            "request objects are not supported",
        ));
    }
    match parameters.get("response_type") {
        Some("code") => {}
        Some(_) => {
            return Err((
                "unsupported_response_type",
                "only response_type=code is supported",
            ));
        }
        None => return Err(("invalid_request", "response_type is missing")),
    }
    if parameters
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(("invalid_request", "only response_mode=query is supported"));
    }
    let owned = |name: &str| parameters.get(name).map(str::to_owned);
    Ok(AuthorizationRequest {
        redirect_uri: redirect_uri.to_owned(),
        state: owned("state"),
        nonce: owned("nonce"),
        scope: owned("scope").unwrap_or_default(),
        code_challenge: code_challenge(parameters)
            .map_err(|why| ("invalid_request", why))?
            .to_owned(),
        prompt: prompt(parameters.get("prompt")).map_err(|why| ("invalid_request", why))?,
        max_age: max_age(parameters.get("max_age")).map_err(|why| ("invalid_request", why))?,
        login_hint: owned("login_hint"),
    })
}

/// RFC 7636 §4.3: a challenge without a method would be `plain`, which is refused.
fn code_challenge(parameters: &Parameters) -> Result<&str, &'static str> {
    let challenge = parameters
        .get("code_challenge")
        .ok_or("code_challenge is missing: PKCE is required")?;
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err("code_challenge_method must be S256");
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if challenge.len() == CHALLENGE_LENGTH && challenge.bytes().all(fits) {
        Ok(challenge)
    } else {
        Err("code_challenge is not a SHA-256 in base64url")
    }
}

fn prompt(values: Option<&str>) -> Result<Prompt, &'static str> {
    let values: Vec<&str> = values.unwrap_or_default().split(' ').collect();
    if values.contains(&"none") {
        return if values.len() == 1 {
            Ok(Prompt::Never)
        } else {
            Err("prompt none excludes every other")
        };
    }
    let always = values.contains(&"login") || values.contains(&"select_account");
    Ok(if always {
        Prompt::Always
    } else {
        Prompt::IfNeeded
    })
}

fn max_age(value: Option<&str>) -> Result<Option<i64>, &'static str> {
    let seconds = value.map(|text| {
        text.parse::<u32>()
            .map_err(|_| "max_age is not a number of seconds")
    });
    seconds.transpose().map(|seconds| seconds.map(i64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn good() -> Vec<(&'static str, &'static str)> {
        vec![
            ("client_id", "beer"),
            ("redirect_uri", "http://127.0.0.1:8000/cb"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
    }

    /// Parses the good request with one parameter changed; an empty value leaves it out.
    fn parse_with(
        name: &'static str,
        value: &'static str,
    ) -> Result<AuthorizationRequest, AuthorizationRefusal> {
        let mut parameters: Vec<(&str, &str)> = good()
            .into_iter()
            .filter(|(known, _)| *known != name)
            .collect();
        if !value.is_empty() {
            parameters.push((name, value));
        }
        let encoded = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let client = Client::register(
            "beer".to_owned(),
            "beer-secret".to_owned(),
            Vec::new(),
            Vec::new(),
        );
        AuthorizationRequest::parse(&encoded, &client)
    }

    #[test]
    fn a_good_request_is_parsed() {
        let request = parse_with("login_hint", "carol").unwrap();
        assert_eq!(request.redirect_uri, "http://127.0.0.1:8000/cb");
        assert_eq!(
            (request.state.as_deref(), request.nonce.as_deref()),
            (Some("s"), Some("n"))
        );
        assert_eq!(request.code_challenge, CHALLENGE);
        assert_eq!(request.login_hint.as_deref(), Some("carol"));
        assert_eq!(request.prompt, Prompt::IfNeeded);
    }

    #[test]
    fn doubtful_clients_and_redirect_uris_are_told_to_the_person_alone() {
        for (name, value) in [
            ("client_id", ""),
            ("client_id", "wine"),
            ("redirect_uri", ""),
            ("redirect_uri", "https://evil.example/"),
        ] {
            assert!(
                matches!(parse_with(name, value), Err(AuthorizationRefusal::Page(_))),
                "{name}={value}"
            );
        }
    }

    #[test]
    fn one_mutation_one_error() {
        let pkce = "code_challenge_method must be S256";
        for (name, value, error, description) in [
            (
                "response_type",
                "",
                "invalid_request",
                "response_type is missing",
            ),
            (
                "response_type",
                "id_token",
                "unsupported_response_type",
                "only response_type=code is supported",
            ),
            (
                "response_mode",
                "form_post",
                "invalid_request",
                "only response_mode=query is supported",
            ),
            (
                "request",
                "x",
                "request_not_supported",
                "request objects are not supported",
            ),
            (
                "request_uri",
                "x",
                "request_uri_not_supported",
                "request objects are not supported",
            ),
            (
                "code_challenge",
                "",
                "invalid_request",
                "code_challenge is missing: PKCE is required",
            ),
            (
                "code_challenge",
                "short",
                "invalid_request",
                "code_challenge is not a SHA-256 in base64url",
            ),
            (
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
                "invalid_request",
                "code_challenge is not a SHA-256 in base64url",
            ),
            (
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMa",
                "invalid_request",
                "code_challenge is not a SHA-256 in base64url",
            ),
            ("code_challenge_method", "", "invalid_request", pkce),
            ("code_challenge_method", "s256", "invalid_request", pkce),
            ("code_challenge_method", "plain", "invalid_request", pkce),
            (
                "prompt",
                "none login",
                "invalid_request",
                "prompt none excludes every other",
            ),
            (
                "max_age",
                "-1",
                "invalid_request",
                "max_age is not a number of seconds",
            ),
        ] {
            let expected = ErrorAnswer {
                redirect_uri: "http://127.0.0.1:8000/cb".to_owned(),
                state: Some("s".to_owned()),
                error,
                description,
            };
            assert_eq!(
                parse_with(name, value),
                Err(AuthorizationRefusal::Redirect(expected)),
                "{name}={value}"
            );
        }
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        let client = Client::register("beer".to_owned(), String::new(), Vec::new(), Vec::new());
        let refused = AuthorizationRequest::parse("client_id=beer&client_id=beer", &client);
        let says = "The parameter client_id is there more than once.".to_owned();
        assert_eq!(refused, Err(AuthorizationRefusal::Page(says)));
    }

    #[test]
    fn prompt_decides_about_the_page() {
        for (value, prompt) in [
            ("none", Prompt::Never),
            ("login", Prompt::Always),
            ("select_account", Prompt::Always),
            ("consent", Prompt::IfNeeded),
        ] {
            assert_eq!(parse_with("prompt", value).unwrap().prompt, prompt);
        }
        assert_eq!(parse_with("max_age", "0").unwrap().max_age, Some(0));
    }
}
