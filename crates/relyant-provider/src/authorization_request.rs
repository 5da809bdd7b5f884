//! Authorization requests, parsed and checked. Core §3.1.2.1, RFC 7636 §4.3.

use url::Url;

use crate::client::Client;
use crate::parameters::{Parameters, Repeated};
use crate::requested_claims::RequestedClaims;

/// An authorization request of the client that may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizationRequest {
    /// Where the answer goes, and how.
    pub(crate) back: ReturnAddress,
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
    /// How the person is to sign in, the most wanted first; what is asked for as a claim counts too.
    pub(crate) acr_values: Vec<String>,
    /// Claims that are asked for one by one.
    pub(crate) claims: RequestedClaims,
    /// For whom the access token is to be. RFC 8707 §2.
    pub(crate) resources: Vec<String>,
    /// Fills in the name.
    pub(crate) login_hint: Option<String>,
}

/// Where an answer goes, and how it gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnAddress {
    /// Registered.
    pub(crate) redirect_uri: String,
    /// Comes back with the answer.
    pub(crate) state: Option<String>,
    /// In the address, or in a form.
    pub(crate) mode: ResponseMode,
}

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of the redirect URI. OAuth 2.0 Multiple Response Type Encoding Practices §2.1.
    Query,
    /// In a form that the browser posts to the redirect URI. OAuth 2.0 Form Post Response Mode §2.
    FormPost,
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
    /// Where it goes, and how.
    pub(crate) back: ReturnAddress,
    /// The code, such as `invalid_request`.
    pub(crate) error: &'static str,
    /// What is wrong, for the developer.
    pub(crate) description: &'static str,
}

/// An error code, and what is wrong.
type Wrong = (&'static str, &'static str);

/// The length of a SHA-256 in base64url. RFC 7636 §4.2.
const CHALLENGE_LENGTH: usize = 43;

impl AuthorizationRequest {
    /// Checks the request's parameters.
    pub(crate) fn read(
        parameters: &Parameters,
        client: &Client,
    ) -> Result<Self, AuthorizationRefusal> {
        let redirect_uri = redirect_uri(parameters, client).map_err(AuthorizationRefusal::Page)?;
        let mut back = ReturnAddress {
            redirect_uri: redirect_uri.to_owned(),
            state: owned(parameters, "state"),
            mode: ResponseMode::Query,
        };
        let checked = response_mode(parameters.get("response_mode")).and_then(|mode| {
            back.mode = mode;
            check(parameters, back.clone())
        });
        checked.map_err(|(error, description)| {
            AuthorizationRefusal::Redirect(ErrorAnswer {
                back,
                error,
                description,
            })
        })
    }

    /// The refusal that this request gets when no page may be shown and there is no session.
    pub(crate) fn login_required(&self) -> ErrorAnswer {
        self.refused("login_required", "nobody is signed in at the provider")
    }

    /// The refusal where requests must be pushed. RFC 9126 §5.
    pub(crate) fn not_pushed(&self) -> ErrorAnswer {
        self.refused(
            "invalid_request",
            "this provider takes pushed authorization requests only",
        )
    }

    /// The refusal where a person can't sign in as it must be.
    ///
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2; Core §5.5.1.1: an essential
    /// `acr` that isn't met is a failed sign-in.
    pub(crate) fn unmet(&self) -> ErrorAnswer {
        self.refused(
            "unmet_authentication_requirements",
            "the person can't sign in with an acr that was asked for as essential",
        )
    }

    fn refused(&self, error: &'static str, description: &'static str) -> ErrorAnswer {
        ErrorAnswer {
            back: self.back.clone(),
            error,
            description,
        }
    }
}

impl From<Repeated> for AuthorizationRefusal {
    fn from(Repeated(name): Repeated) -> Self {
        Self::Page(format!("The parameter {name} is there more than once."))
    }
}

fn owned(parameters: &Parameters, name: &str) -> Option<String> {
    parameters.get(name).map(str::to_owned)
}

/// The redirect URI, once client and URI are known to belong together.
fn redirect_uri<'a>(parameters: &'a Parameters, client: &Client) -> Result<&'a str, String> {
    let client_id = client.named_by(parameters)?;
    let uri = parameters
        .get("redirect_uri")
        .ok_or("The parameter redirect_uri is missing.")?;
    if client.redirect_uris.permit(uri) {
        Ok(uri)
    } else {
        Err(format!("{uri} is not a redirect URI of {client_id}."))
    }
}

fn response_mode(value: Option<&str>) -> Result<ResponseMode, Wrong> {
    match value {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => Err(("invalid_request", "response_mode is query or form_post")),
    }
}

fn check(parameters: &Parameters, back: ReturnAddress) -> Result<AuthorizationRequest, Wrong> {
    let invalid = |why| ("invalid_request", why);
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
        None => return Err(invalid("response_type is missing")),
    }
    let claims = RequestedClaims::parse(parameters.get("claims")).map_err(invalid)?;
    let listed = parameters.get("acr_values").unwrap_or_default();
    let listed = listed.split(' ').filter(|value| !value.is_empty());
    let acr_values = listed.map(str::to_owned).chain(claims.acr_values.clone());
    Ok(AuthorizationRequest {
        back,
        nonce: owned(parameters, "nonce"),
        scope: owned(parameters, "scope").unwrap_or_default(),
        code_challenge: code_challenge(parameters).map_err(invalid)?.to_owned(),
        prompt: prompt(parameters.get("prompt")).map_err(invalid)?,
        max_age: max_age(parameters.get("max_age")).map_err(invalid)?,
        acr_values: acr_values.collect(),
        claims,
        resources: resources(parameters)?,
        login_hint: owned(parameters, "login_hint"),
    })
}

/// RFC 8707 §2: an absolute URI without a fragment, as often as there are resources.
pub(crate) fn resources(parameters: &Parameters) -> Result<Vec<String>, Wrong> {
    let fits = |text: &str| Url::parse(text).is_ok_and(|url| url.fragment().is_none());
    let resources: Vec<&str> = parameters.all("resource").collect();
    if resources.iter().all(|text| fits(text)) {
        Ok(resources.into_iter().map(str::to_owned).collect())
    } else {
        Err((
            "invalid_target",
            "resource is not an absolute URI without a fragment",
        ))
    }
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

    fn back() -> ReturnAddress {
        ReturnAddress {
            redirect_uri: "http://127.0.0.1:8000/cb".to_owned(),
            state: Some("s".to_owned()),
            mode: ResponseMode::Query,
        }
    }

    fn parse(encoded: &str) -> Result<AuthorizationRequest, AuthorizationRefusal> {
        let client = Client::register(
            "beer".to_owned(),
            "beer-secret".to_owned(),
            Vec::new(),
            Vec::new(),
        );
        AuthorizationRequest::read(&Parameters::parse(encoded)?, &client)
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
        parse(&encoded)
    }

    #[test]
    fn a_good_request_is_parsed() {
        let request = parse_with("login_hint", "carol").unwrap();
        assert_eq!(request.back, back());
        assert_eq!(request.nonce.as_deref(), Some("n"));
        assert_eq!(request.code_challenge, CHALLENGE);
        assert_eq!(request.login_hint.as_deref(), Some("carol"));
        assert_eq!(request.prompt, Prompt::IfNeeded);
    }

    #[test]
    fn an_error_travels_as_the_answer_would() {
        let mut parameters = good();
        parameters.push(("response_mode", "form_post"));
        parameters.retain(|(name, _)| *name != "response_type");
        let encoded = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let Err(AuthorizationRefusal::Redirect(answer)) = parse(&encoded) else {
            panic!("a request without response_type");
        };
        assert_eq!(answer.back.mode, ResponseMode::FormPost);
    }

    #[test]
    fn what_is_asked_about_the_sign_in_is_gathered() {
        assert_eq!(
            parse_with("acr_values", "gold  silver").unwrap().acr_values,
            ["gold", "silver"]
        );
        let essential = r#"{"id_token": {"acr": {"essential": true, "values": ["gold"]}}}"#;
        let request = parse_with("claims", essential).unwrap();
        assert_eq!(request.acr_values, ["gold"]);
        assert!(request.claims.acr_is_essential);
        assert_eq!(
            parse_with("resource", "https://wine.example/")
                .unwrap()
                .resources,
            ["https://wine.example/"]
        );
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
                "fragment",
                "invalid_request",
                "response_mode is query or form_post",
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
            (
                "claims",
                "{",
                "invalid_request",
                "claims is not a JSON object",
            ),
        ] {
            let expected = ErrorAnswer {
                back: back(),
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
    fn a_resource_is_an_absolute_uri() {
        let says = "resource is not an absolute URI without a fragment";
        for value in ["wine", "https://wine.example/#x"] {
            let Err(AuthorizationRefusal::Redirect(answer)) = parse_with("resource", value) else {
                panic!("{value}");
            };
            assert_eq!((answer.error, answer.description), ("invalid_target", says));
        }
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        let says = "The parameter client_id is there more than once.".to_owned();
        assert_eq!(
            parse("client_id=beer&client_id=beer"),
            Err(AuthorizationRefusal::Page(says))
        );
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
