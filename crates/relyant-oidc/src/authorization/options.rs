//! What an authorization request asks for beyond a login: how fresh, how sure, in which language, for which APIs.
//!
//! They come from the settings or from the site's code, never from a visitor, but for the hint who signs in.

use std::collections::BTreeMap;

use crate::authorization::claims_request::ClaimsRequest;
use crate::authorization::demands::Demands;
use crate::error::{Clipped, Configuration};
use crate::limits::{MAX_DEMANDS_BYTES, MAX_LOGIN_HINT_CHARS};
use crate::token::resource::check_resource;

/// The optional parameters of an authorization request. Core §3.1.2.1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationOptions {
    /// Whether and what the person is asked: `login`, `consent`, `select_account`, several with blanks, or `none`.
    pub prompt: Option<String>,
    /// How long ago the person may have signed in at the provider, in seconds. Checked on return.
    pub max_age: Option<u32>,
    /// How sure the provider must be, any of, the best first. Checked on return.
    pub acr_values: Vec<String>,
    /// How the person must have signed in, any of. No parameter says so; checked on return.
    pub amr_values: Vec<String>,
    /// Who is likely to sign in.
    pub login_hint: Option<String>,
    /// The languages of the provider's pages, the best first. BCP 47.
    pub ui_locales: Vec<String>,
    /// The claims that are asked for one by one, as JSON text. What it says of `acr` and `auth_time` is checked on return.
    /// Core §5.5.
    pub claims: Option<String>,
    /// The APIs that the access token is for. RFC 8707 §2.
    pub resources: Vec<String>,
    /// How the answer comes; none: in the query.
    pub response_mode: Option<ResponseMode>,
    /// Further parameters of this provider's own.
    pub extra_parameters: BTreeMap<String, String>,
}

/// How the browser brings the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the address of the redirect URI.
    Query,
    /// In a form that the browser posts there. Form Post §2.
    FormPost,
}

impl ResponseMode {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// The mode of that name, as a setting gives it.
    pub fn from_name(name: &str) -> Result<Self, Configuration> {
        [Self::Query, Self::FormPost]
            .into_iter()
            .find(|mode| mode.name() == name)
            .ok_or_else(|| invalid("response_mode", name, "`query` or `form_post`"))
    }
}

/// A `max_age` in seconds, as a setting or the site's code gives it. Core §3.1.2.1.
pub fn read_max_age(seconds: i64) -> Result<u32, Configuration> {
    let expected = "a whole number of seconds from 0 to 4294967295";
    u32::try_from(seconds).map_err(|_| invalid("max_age", &seconds.to_string(), expected))
}

/// What a provider can be told to ask: Core §3.1.2.1, and `create` of Prompt Create 1.0, for a person who has no account yet.
const PROMPTS: [&str; 5] = ["none", "login", "consent", "select_account", "create"];

/// Parameters that have a meaning here, or in other ways to send a request: no setting may write them by hand.
const RESERVED: [&str; 26] = [
    "acr_values",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "id_token_hint",
    "iss",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

impl AuthorizationOptions {
    /// Finds what no provider could take, before a visitor does.
    pub fn check(&self) -> Result<(), Configuration> {
        self.check_prompt()?;
        check_words("acr_values", &self.acr_values)?;
        check_words("amr_values", &self.amr_values)?;
        check_each("ui_locales", &self.ui_locales, is_locale, "language tags")?;
        if let Some(hint) = &self.login_hint {
            check_login_hint(hint)?;
        }
        self.check_claims()?;
        // RFC 8707 §2: an absolute URI without fragment.
        self.resources
            .iter()
            .try_for_each(|one| check_resource(one))?;
        self.check_extra_parameters()?;
        self.check_size()
    }

    /// What the answer is held to.
    ///
    /// Core §3.1.2.1: `prompt=login` asks for a sign-in of this very moment, as `max_age=0` does; and only with `max_age`
    /// must the ID token say when it was (Core §2, `auth_time`).
    pub fn demands(&self) -> Demands {
        let claims = self.claims_request().unwrap_or_default();
        Demands {
            max_age: if self.asks_to_sign_in_anew() {
                Some(0)
            } else {
                self.max_age
            },
            auth_time: claims.auth_time,
            acr_values: both(&self.acr_values, &claims.acr_values),
            amr_values: self.amr_values.clone(),
        }
    }

    /// The parameters, in the order of Core §3.1.2.1; those that are several are there several times.
    pub(crate) fn parameters(&self) -> Vec<(&str, String)> {
        let joined = |values: &[String]| (!values.is_empty()).then(|| values.join(" "));
        let single = [
            (
                "response_mode",
                self.response_mode.map(|mode| mode.name().to_owned()),
            ),
            ("prompt", self.prompt.clone()),
            ("max_age", self.demands().max_age.map(|age| age.to_string())),
            ("ui_locales", joined(&self.ui_locales)),
            ("login_hint", self.login_hint.clone()),
            ("acr_values", joined(&self.acr_values)),
            ("claims", self.claims.clone()),
        ];
        let mut parameters: Vec<_> = single
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        // RFC 8707 §2: several resources, several parameters.
        parameters.extend(self.resources.iter().map(|one| ("resource", one.clone())));
        let extra = self.extra_parameters.iter();
        parameters.extend(extra.map(|(name, value)| (name.as_str(), value.clone())));
        parameters
    }

    fn asks_to_sign_in_anew(&self) -> bool {
        let mut words = self.prompt.as_deref().unwrap_or_default().split(' ');
        words.any(|word| word == "login")
    }

    fn claims_request(&self) -> Result<ClaimsRequest, Configuration> {
        let claims = self.claims.as_deref().map(ClaimsRequest::parse);
        Ok(claims.transpose()?.unwrap_or_default())
    }

    /// Core §3.1.2.1: words with blanks between; `none` stands alone.
    ///
    /// A word that no provider knows would be passed over, and nobody would be asked.
    fn check_prompt(&self) -> Result<(), Configuration> {
        let Some(prompt) = &self.prompt else {
            return Ok(());
        };
        let words: Vec<&str> = prompt.split(' ').collect();
        let are_known = words.iter().all(|word| PROMPTS.contains(word));
        if !are_known || (words.contains(&"none") && words.len() > 1) {
            let expected = "`none` alone, or `login`, `consent`, `select_account`, `create` with one blank between";
            return Err(invalid("prompt", prompt, expected));
        }
        Ok(())
    }

    /// Core §5.5; and no `acr` that can't be met, since `acr_values` asks for others.
    fn check_claims(&self) -> Result<(), Configuration> {
        let of_claims = self.claims_request()?.acr_values;
        let is_open = self.acr_values.is_empty() || of_claims.is_empty();
        if is_open || !both(&self.acr_values, &of_claims).is_empty() {
            return Ok(());
        }
        let expected = "one of those that `claims` asks of `acr`";
        Err(invalid("acr_values", &self.acr_values.join(" "), expected))
    }

    fn check_extra_parameters(&self) -> Result<(), Configuration> {
        for (name, value) in &self.extra_parameters {
            // Some providers read names without regard to case.
            if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(invalid(
                    "extra parameters",
                    name,
                    "parameters of the provider's own: this one has a setting, or a value that each login makes",
                ));
            }
            // RFC 6749 A.9: printable characters; RFC 6749 A.8: the names of parameters.
            let is_name_char = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_name_char) {
                let expected = "names of letters, digits, `-`, `.` and `_`";
                return Err(invalid("extra parameters", name, expected));
            }
            if value.chars().any(char::is_control) {
                let expected = "values without control characters";
                return Err(invalid("extra parameters", name, expected));
            }
        }
        Ok(())
    }

    /// What is checked on return travels in a cookie of this login.
    fn check_size(&self) -> Result<(), Configuration> {
        let bytes = self.demands().to_bytes().len();
        if bytes <= MAX_DEMANDS_BYTES {
            return Ok(());
        }
        Err(invalid(
            "acr_values and amr_values",
            &format!("{bytes} bytes"),
            "fewer or shorter values: they are kept in a cookie until the person is back",
        ))
    }
}

/// What both lists let through: an empty one lets everything through.
fn both(some: &[String], others: &[String]) -> Vec<String> {
    if some.is_empty() || others.is_empty() {
        return [some, others].concat();
    }
    let is_there = |value: &&String| others.contains(value);
    some.iter().filter(is_there).cloned().collect()
}

pub(super) fn invalid(name: &'static str, got: &str, expected: &'static str) -> Configuration {
    Configuration::AuthorizationOptionInvalid {
        name,
        got: Clipped::new(got),
        expected,
    }
}

/// Core §3.1.2.1, `acr_values`: they are listed with blanks between.
pub(crate) fn check_words(name: &'static str, values: &[String]) -> Result<(), Configuration> {
    check_each(name, values, is_word, "words of printable ASCII characters")
}

fn check_each(
    name: &'static str,
    values: &[String],
    fits: fn(&str) -> bool,
    expected: &'static str,
) -> Result<(), Configuration> {
    match values.iter().find(|value| !fits(value)) {
        Some(value) => Err(invalid(name, value, expected)),
        None => Ok(()),
    }
}

/// One value of a list with blanks between.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// RFC 5646 §2.1: letters and digits with hyphens between.
fn is_locale(text: &str) -> bool {
    let subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.split('-').all(subtag)
}

fn check_login_hint(hint: &str) -> Result<(), Configuration> {
    let fits = !hint.is_empty() && hint.chars().count() <= MAX_LOGIN_HINT_CHARS;
    if fits && !hint.chars().any(char::is_control) {
        return Ok(());
    }
    let expected = "a short text without control characters";
    Err(invalid("login_hint", hint, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut AuthorizationOptions)) -> AuthorizationOptions {
        let mut options = AuthorizationOptions::default();
        change(&mut options);
        options
    }

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().copied().map(str::to_owned).collect()
    }

    const ACR_GOLD: &str = r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#;

    #[test]
    fn nothing_is_asked_for_where_nothing_is_set() {
        let options = AuthorizationOptions::default();
        assert_eq!(options.check(), Ok(()));
        assert!(options.parameters().is_empty());
        assert_eq!(options.demands(), Demands::default());
    }

    // Core §3.1.2.1, §5.5, RFC 8707 §2
    #[test]
    fn each_option_is_its_parameter() {
        let options = with(|it| {
            it.prompt = Some("consent".to_owned());
            it.max_age = Some(300);
            it.acr_values = texts(&["gold", "silver"]);
            it.amr_values = texts(&["mfa"]);
            it.login_hint = Some("carol@brewery.example".to_owned());
            it.ui_locales = texts(&["de-AT", "en"]);
            it.claims = Some(r#"{"id_token":{"acr":null}}"#.to_owned());
            it.resources = texts(&["https://api.example/", "urn:beers"]);
            it.response_mode = Some(ResponseMode::FormPost);
            it.extra_parameters = BTreeMap::from([("kc_idp_hint".to_owned(), "corp".to_owned())]);
        });
        assert_eq!(options.check(), Ok(()));
        let parameters = options.parameters();
        let shown: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("response_mode", "form_post"),
                ("prompt", "consent"),
                ("max_age", "300"),
                ("ui_locales", "de-AT en"),
                ("login_hint", "carol@brewery.example"),
                ("acr_values", "gold silver"),
                ("claims", r#"{"id_token":{"acr":null}}"#),
                ("resource", "https://api.example/"),
                ("resource", "urn:beers"),
                ("kc_idp_hint", "corp"),
            ]
        );
    }

    #[test]
    fn to_sign_in_anew_is_to_have_signed_in_this_moment() {
        for prompt in ["login", "login consent", "select_account login"] {
            let options = with(|it| {
                it.prompt = Some(prompt.to_owned());
                it.max_age = Some(300);
            });
            assert_eq!(options.demands().max_age, Some(0), "{prompt}");
            assert!(options.parameters().contains(&("max_age", "0".to_owned())));
        }
        let options = with(|it| it.prompt = Some("consent".to_owned()));
        assert_eq!(options.demands().max_age, None);
    }

    // RFC 5646 §2.1, RFC 5321 §4.5.3.1.3
    // ID-13, AR-18
    // Core §3.1.3.7
    #[test]
    fn what_is_asked_for_as_a_claim_is_demanded_too() {
        let demanded = |acr_values: &[&str], claims: &str| {
            let options = with(|it| {
                it.acr_values = texts(acr_values);
                it.claims = Some(claims.to_owned());
            });
            assert_eq!(options.check(), Ok(()), "{claims}");
            let demands = options.demands();
            (demands.acr_values, demands.auth_time)
        };
        assert_eq!(demanded(&[], ACR_GOLD), (texts(&["gold"]), false));
        let both = demanded(&["silver", "gold"], ACR_GOLD);
        assert_eq!(both, (texts(&["gold"]), false));
        let when = r#"{"id_token":{"auth_time":{"essential":true}}}"#;
        assert_eq!(demanded(&["silver"], when), (texts(&["silver"]), true));
    }

    #[test]
    fn what_no_provider_takes_is_found_at_start() {
        let many: Vec<String> = (0..200).map(|number| format!("level-{number}")).collect();
        let extra = |name: &str, value: &str| {
            with(|it| {
                it.extra_parameters
                    .insert(name.to_owned(), value.to_owned());
            })
        };
        for options in [
            with(|it| it.prompt = Some(String::new())),
            with(|it| it.prompt = Some("none login".to_owned())),
            with(|it| it.prompt = Some("login  consent".to_owned())),
            with(|it| it.prompt = Some("Login".to_owned())),
            with(|it| it.prompt = Some("lgoin".to_owned())),
            with(|it| it.acr_values = texts(&["two words"])),
            with(|it| it.acr_values = texts(&[""])),
            with(|it| it.acr_values = many.clone()),
            with(|it| it.amr_values = texts(&["\u{fc}"])),
            with(|it| it.amr_values = many.clone()),
            with(|it| it.ui_locales = texts(&["de_AT"])),
            with(|it| it.ui_locales = texts(&["de-"])),
            with(|it| it.ui_locales = texts(&["abcdefghi"])),
            with(|it| it.login_hint = Some(String::new())),
            with(|it| it.login_hint = Some("carol\n".to_owned())),
            with(|it| it.login_hint = Some("c".repeat(MAX_LOGIN_HINT_CHARS + 1))),
            with(|it| it.claims = Some("[]".to_owned())),
            with(|it| {
                it.claims = Some(ACR_GOLD.to_owned());
                it.acr_values = texts(&["silver"]);
            }),
            extra("state", "mine"),
            extra("State", "mine"),
            extra("request_uri", "https://evil.example/"),
            extra("", "x"),
            extra("a b", "x"),
            extra("kc_idp_hint", "a\r\nb"),
        ] {
            let error = options.check().unwrap_err();
            assert!(
                matches!(error, Configuration::AuthorizationOptionInvalid { .. }),
                "{options:?}"
            );
        }
        let options = with(|it| it.resources = texts(&["https://api.example/#top"]));
        assert!(matches!(
            options.check(),
            Err(Configuration::ResourceInvalid { .. })
        ));
    }

    #[test]
    fn what_is_just_allowed_is_allowed() {
        for options in [
            with(|it| it.prompt = Some("none".to_owned())),
            with(|it| it.prompt = Some("create".to_owned())),
            with(|it| {
                it.claims = Some(ACR_GOLD.to_owned());
                it.acr_values = texts(&["silver", "gold"]);
            }),
            with(|it| it.login_hint = Some("c".repeat(MAX_LOGIN_HINT_CHARS))),
            with(|it| {
                let text = r#"{"userinfo":{"a":{"essential":true}},"id_token":{}}"#;
                it.claims = Some(text.to_owned());
            }),
            with(|it| it.ui_locales = texts(&["x", "zh-Hant-TW", "abcdefgh"])),
        ] {
            assert_eq!(options.check(), Ok(()), "{options:?}");
        }
    }

    // Form Post §2
    #[test]
    fn a_max_age_is_never_negative() {
        for (seconds, expected) in [(0, Some(0)), (1 << 32, None), (-1, None)] {
            assert_eq!(read_max_age(seconds).ok(), expected, "{seconds}");
        }
        assert_eq!(read_max_age(i64::from(u32::MAX)), Ok(u32::MAX));
    }

    #[test]
    fn a_response_mode_has_one_of_two_names() {
        for mode in [ResponseMode::Query, ResponseMode::FormPost] {
            assert_eq!(ResponseMode::from_name(mode.name()), Ok(mode));
        }
        for name in ["fragment", "query.jwt", "Query", ""] {
            assert!(ResponseMode::from_name(name).is_err(), "{name}");
        }
    }
}
