//! A condition in words, and what words must never show.

use serde_json::Value;

use crate::claim_path::ClaimPath;
use crate::condition::{ClaimCondition, Condition, Test};
use crate::limits::MAX_LISTED_NAMES;
use crate::name::clipped;

/// What the names of claims have in them whose values are secrets, or as good as one.
const SECRET_WORDS: [&str; 16] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "private",
    "nonce",
    "hash",
    "assertion",
    "otp",
    "cookie",
];

impl Condition {
    /// What it asks for, in words that can follow "whoever has" and "needs".
    pub(crate) fn words(&self) -> String {
        match self {
            Self::All(members) => joined(members, " and "),
            Self::Any(members) => any_words(members),
            Self::Not(inner) => match inner.as_ref() {
                Self::All(_) | Self::Any(_) => format!("not ({})", inner.words()),
                other => format!("not {}", other.words()),
            },
            Self::Role(name) => format!("the role `{}`", clipped(name)),
            Self::Scope(name) => format!("the scope `{}`", clipped(name)),
            Self::Acr(names) => {
                let names = names.iter().map(|name| format!("`{}`", clipped(name)));
                format!("the acr {}", or_list(names))
            }
            Self::Claim(claim) => claim.words(),
        }
    }

    fn is_compound(&self) -> bool {
        matches!(self, Self::All(members) | Self::Any(members) if members.len() > 1)
    }

    fn role(&self) -> Option<&str> {
        match self {
            Self::Role(name) => Some(name),
            _ => None,
        }
    }
}

/// The roles first, as one list, then the others.
fn any_words(members: &[Condition]) -> String {
    let roles: Vec<&str> = members.iter().filter_map(Condition::role).collect();
    let others = members.iter().filter(|member| member.role().is_none());
    let mut words: Vec<String> = others.map(bracketed).collect();
    match roles.as_slice() {
        [] => {}
        [role] => words.insert(0, format!("the role `{}`", clipped(role))),
        roles => words.insert(0, format!("any of the roles {}", listed(roles))),
    }
    if words.is_empty() {
        return "nobody".to_owned();
    }
    words.join(" or ")
}

fn joined(members: &[Condition], between: &str) -> String {
    let words: Vec<String> = members.iter().map(bracketed).collect();
    words.join(between)
}

fn bracketed(condition: &Condition) -> String {
    if condition.is_compound() {
        format!("({})", condition.words())
    } else {
        condition.words()
    }
}

impl ClaimCondition {
    fn words(&self) -> String {
        let claim = format!("claim `{}`", clipped(&self.path.to_string()));
        if is_secret(&self.path, None) && !matches!(self.test, Test::Present(_)) {
            return format!("the {claim} as the rule has it");
        }
        match &self.test {
            Test::Present(true) => format!("the {claim}"),
            Test::Present(false) => format!("no {claim}"),
            Test::Equals(scalar) => format!("the {claim} equal to {scalar}"),
            Test::In(scalars) => {
                let scalars = or_list(scalars.iter().map(ToString::to_string));
                format!("the {claim} equal to {scalars}")
            }
            Test::Contains(scalar) => format!("the {claim} with {scalar} in it"),
            Test::Domain(domains) => {
                let domains = or_list(domains.iter().map(|domain| format!("`{domain}`")));
                format!("the {claim} with an address at {domains}")
            }
            Test::Matches(pattern) => {
                format!("the {claim} that matches `{}`", clipped(pattern.text()))
            }
        }
    }
}

/// Whether a claim's value must not be shown: by its name, or because it is a JWT.
pub(crate) fn is_secret(path: &ClaimPath, value: Option<&Value>) -> bool {
    let named_so = path.segments().any(|segment| {
        let segment = segment.to_lowercase();
        SECRET_WORDS.iter().any(|word| segment.contains(word))
    });
    let text = value.and_then(Value::as_str).unwrap_or_default();
    named_so || (text.starts_with("eyJ") && text.matches('.').count() >= 2)
}

/// The names in backticks with commas between; of very many, the first.
pub(crate) fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MAX_LISTED_NAMES);
    let mut listed: Vec<String> = shown.map(|name| format!("`{}`", clipped(name))).collect();
    if names.len() > MAX_LISTED_NAMES {
        listed.push(format!("{} more", names.len() - MAX_LISTED_NAMES));
    }
    listed.join(", ")
}

/// Texts with commas and an "or" between; of very many, the first.
pub(crate) fn or_list(texts: impl ExactSizeIterator<Item = String>) -> String {
    let more = texts.len().saturating_sub(MAX_LISTED_NAMES);
    let mut texts: Vec<String> = texts.take(MAX_LISTED_NAMES).collect();
    if more > 0 {
        texts.push(format!("{more} more"));
    }
    match texts.pop() {
        None => "nothing".to_owned(),
        Some(only) if texts.is_empty() => only,
        Some(last) => format!("{} or {last}", texts.join(", ")),
    }
}
