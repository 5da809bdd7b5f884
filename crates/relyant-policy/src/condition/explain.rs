//! Why a condition holds or doesn't: the parts that decided, in words without secrets.

use serde_json::Value;

use crate::address::Domain;
use crate::condition::judge::{Facts, Seen, Truth};
use crate::condition::words::{is_secret, listed, or_list};
use crate::condition::{ClaimCondition, Condition, Test};
use crate::decision::FoundRole;
use crate::name::clipped;
use crate::scalar::Scalar;
use crate::sources::in_words;

/// What decided.
#[derive(Default)]
pub(crate) struct Explanation<'c> {
    /// The first role that did, where it is one that came.
    pub(crate) because: Option<FoundRole>,
    parts: Vec<Part<'c>>,
}

/// One part of what decided.
enum Part<'c> {
    /// A role that didn't come; all of them make one part of the sentence.
    NoRole(&'c str),
    /// Anything else.
    Words(String),
}

impl<'c> Explanation<'c> {
    /// Explains what `facts` make of a condition.
    pub(crate) fn of(condition: &'c Condition, facts: &Facts<'_>) -> Self {
        let mut explanation = Self::default();
        explanation.add(condition, facts, true);
        explanation
    }

    /// The parts in one sentence, which can follow "because".
    pub(crate) fn words(&self) -> String {
        let absent: Vec<&str> = self.parts.iter().filter_map(Part::no_role).collect();
        let mut words = Vec::new();
        let mut said_roles = false;
        for part in &self.parts {
            match part {
                Part::Words(text) => words.push(text.clone()),
                Part::NoRole(_) if said_roles => {}
                Part::NoRole(_) => {
                    said_roles = true;
                    words.push(no_roles(&absent));
                }
            }
        }
        words.dedup();
        if words.is_empty() {
            return "the rule names nobody".to_owned();
        }
        words.join(" and ")
    }

    /// Adds what decided about `condition`; `upright` is false under a `not`, where a role that came is no reason to grant.
    fn add(&mut self, condition: &'c Condition, facts: &Facts<'_>, upright: bool) {
        match condition {
            Condition::All(members) => self.add_members(members, Truth::No, facts, upright),
            Condition::Any(members) => self.add_members(members, Truth::Yes, facts, upright),
            Condition::Not(inner) => self.add(inner, facts, false),
            Condition::Role(name) => self.add_role(name, facts, upright),
            Condition::Scope(name) => self.say(about_scope(name, facts)),
            Condition::Acr(names) => self.say(about_acr(names, facts)),
            Condition::Claim(claim) => self.say(about_claim(claim, &facts.see(claim))),
        }
    }

    /// The first member with the `decisive` truth alone, if one has it, else all of them.
    fn add_members(
        &mut self,
        members: &'c [Condition],
        decisive: Truth,
        facts: &Facts<'_>,
        upright: bool,
    ) {
        let mut decided = members
            .iter()
            .filter(|member| facts.truth(member) == decisive);
        match decided.next() {
            Some(member) => self.add(member, facts, upright),
            None => {
                for member in members {
                    self.add(member, facts, upright);
                }
            }
        }
    }

    fn add_role(&mut self, name: &'c str, facts: &Facts<'_>, upright: bool) {
        match facts.roles.get(name) {
            Some(found) => {
                self.say(format!(
                    "role `{}` at `{}` of the {}",
                    clipped(&found.role),
                    clipped(&found.path),
                    clipped(&in_words(&found.source))
                ));
                if upright && self.because.is_none() {
                    self.because = Some(found);
                }
            }
            // What the rule needs is not there either way; what it excludes may be.
            None if !upright && facts.roles.has(name).is_none() => {
                self.say(format!(
                    "whether role `{}` came can't be told",
                    clipped(name)
                ));
            }
            None => self.parts.push(Part::NoRole(name)),
        }
    }

    fn say(&mut self, words: String) {
        self.parts.push(Part::Words(words));
    }
}

impl<'c> Part<'c> {
    fn no_role(&self) -> Option<&'c str> {
        match self {
            Self::NoRole(name) => Some(name),
            Self::Words(_) => None,
        }
    }
}

fn no_roles(names: &[&str]) -> String {
    match names {
        [name] => format!("no role `{}`", clipped(name)),
        names => format!("none of the roles {}", listed(names)),
    }
}

fn about_scope(wanted: &str, facts: &Facts<'_>) -> String {
    let name = clipped(wanted);
    match facts.scopes() {
        None => format!("it isn't known whether the scope `{name}` was granted"),
        Some(scopes) if scopes.contains(&wanted) => {
            format!("the scope `{name}` was granted")
        }
        Some(_) => format!("the scope `{name}` wasn't granted"),
    }
}

fn about_acr(names: &[String], facts: &Facts<'_>) -> String {
    let wanted = or_list(names.iter().map(|name| format!("`{}`", clipped(name))));
    match facts.sign_in.map(|sign_in| sign_in.acr) {
        None => "the acr of the sign-in isn't known".to_owned(),
        Some(None) => format!("the sign-in has no acr, not {wanted}"),
        Some(Some(acr)) if names.iter().any(|name| name == acr) => {
            format!("the acr of the sign-in is `{}`", clipped(acr))
        }
        Some(Some(acr)) => format!("the acr of the sign-in is `{}`, not {wanted}", clipped(acr)),
    }
}

fn about_claim(claim: &ClaimCondition, seen: &Seen<'_>) -> String {
    let path = clipped(&claim.path.to_string());
    let Some(source) = seen.source else {
        return format!("the claim `{path}` is absent");
    };
    let subject = format!("the claim `{path}` of the {}", clipped(&in_words(source)));
    match (seen.outcome, seen.value) {
        (Err(fault), _) => format!("{subject} can't be judged: {fault}"),
        (Ok(holds), Some(value)) => {
            let secret = is_secret(&claim.path, Some(value));
            format!("{subject} {}", claim.test.verdict(holds, value, secret))
        }
        (Ok(_), None) => format!("{subject} is absent"),
    }
}

impl Test {
    /// What is said of a claim of which the test holds or doesn't; no word of a secret one.
    fn verdict(&self, holds: bool, value: &Value, secret: bool) -> String {
        match self {
            Self::Present(_) => "is present".to_owned(),
            Self::Equals(_) | Self::In(_) | Self::Contains(_) if secret => {
                let says = if holds { "is as" } else { "isn't as" };
                format!("{says} the rule says")
            }
            Self::Equals(scalar) if holds => format!("equals {scalar}"),
            Self::Equals(scalar) => format!("is {}, not {scalar}", shown(value)),
            Self::In(_) if holds => format!("is {}", shown(value)),
            Self::In(scalars) => {
                let wanted = or_list(scalars.iter().map(ToString::to_string));
                format!("is {}, not {wanted}", shown(value))
            }
            Self::Contains(scalar) if holds => format!("contains {scalar}"),
            Self::Contains(scalar) => format!("doesn't contain {scalar}"),
            Self::Domain(domains) => {
                let wanted = or_list(domains.iter().map(|domain| format!("`{domain}`")));
                match value.as_str().and_then(Domain::of_address) {
                    Some(domain) if holds => format!("is an address at `{domain}`"),
                    Some(domain) => {
                        format!(
                            "is an address at `{}`, not at {wanted}",
                            clipped(&domain.to_string())
                        )
                    }
                    None => format!("is no address at {wanted}"),
                }
            }
            Self::Matches(_) if secret => {
                let says = if holds { "matches" } else { "doesn't match" };
                format!("{says} the rule's pattern")
            }
            Self::Matches(pattern) => {
                let says = if holds { "matches" } else { "doesn't match" };
                format!("{says} `{}`", clipped(pattern.text()))
            }
        }
    }
}

/// A value that a rule compared.
fn shown(value: &Value) -> String {
    Scalar::read(value).map_or_else(String::new, |scalar| scalar.to_string())
}
