//! What is odd about a policy without faults: rules that nobody can match, and some that more people match than was meant.

use std::fmt;

use crate::condition::{ClaimCondition, Condition, Test};
use crate::name::clipped;
use crate::policy::{GroupRules, MissingRoles, Policy};
use crate::rule::{Form, Rule};
use crate::scalar::Scalar;

/// The claims of which an address is believed only where the other says so. OpenID Connect Core §5.1.
const EMAIL: &str = "email";
const EMAIL_VERIFIED: &str = "email_verified";

/// What the site asks a provider for, so that rules about anything else wait in vain; none where that isn't known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The scopes.
    pub scopes: Option<&'a [&'a str]>,
    /// The authentication contexts, one of which a sign-in must have; none: any will do.
    pub acr_values: &'a [&'a str],
}

/// Something odd, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// The place: `STAFF.all[1]`.
    pub path: String,
    /// What is odd.
    pub oddity: Oddity,
}

/// What is odd about a part of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// Nobody can match it.
    Nobody,
    /// Everybody matches it.
    Everybody,
    /// It is in the list already.
    Twice,
    /// It can't hold together with another part of the same `all`.
    Contradiction {
        /// The place of the other part.
        other: String,
    },
    /// The site doesn't ask for the scope.
    ScopeNotAsked {
        /// The scope.
        scope: String,
    },
    /// The site asks for other authentication contexts.
    AcrNotAsked,
    /// The name of a role begins or ends with a blank.
    BlankAround,
    /// An address decides that nobody may have verified.
    UnverifiedAddress,
    /// No role of a rule begins with the prefix, which is taken off for groups alone.
    PrefixOfNoRole,
    /// It holds of whoever comes without any role, which a visitor may bring about: her browser carries what is asked for.
    RoleAbsent,
}

impl Policy {
    /// What is odd, in the order of the rules.
    pub fn lint(&self, asked: Asked<'_>) -> Vec<Lint> {
        let mut linter = Linter {
            asked,
            found: Vec::new(),
        };
        for (key, target, rule) in self.named_rules() {
            let path = match target {
                Some(target) => format!("{key}.{}", clipped(target)),
                None => key.to_owned(),
            };
            linter.rule(&path, rule);
            if self.on_missing_roles == MissingRoles::Empty {
                linter.absence(&path, rule);
            }
        }
        if self.has_prefix_of_no_role() {
            linter.add("PREFIX", Oddity::PrefixOfNoRole);
        }
        linter.found
    }

    fn has_prefix_of_no_role(&self) -> bool {
        let mut roles = self
            .named_rules()
            .flat_map(|(_, _, rule)| rule.condition.roles())
            .peekable();
        self.groups == Some(GroupRules::SameName)
            && roles.peek().is_some()
            && !roles.any(|role| role.starts_with(&self.prefix))
    }
}

/// Walks through conditions and collects what is odd.
struct Linter<'a> {
    asked: Asked<'a>,
    found: Vec<Lint>,
}

/// A condition with its place.
type Placed<'c> = (String, &'c Condition);

impl Linter<'_> {
    fn add(&mut self, path: &str, oddity: Oddity) {
        let path = path.to_owned();
        self.found.push(Lint { path, oddity });
    }

    fn rule(&mut self, path: &str, rule: &Rule) {
        match rule.form {
            Form::List if rule.condition.members().is_empty() => self.add(path, Oddity::Nobody),
            Form::List => self.members(&placed(path, rule.condition.members()), false),
            Form::Single => self.condition(path, &rule.condition, false),
        }
    }

    /// `verified`: whether it holds only together with a verified address.
    fn condition(&mut self, path: &str, condition: &Condition, verified: bool) {
        if condition.is_nobody() {
            return self.add(path, Oddity::Nobody);
        }
        match condition {
            Condition::Not(inner) if inner.is_nobody() => self.add(path, Oddity::Everybody),
            Condition::Not(inner) => self.condition(&format!("{path}.not"), inner, verified),
            Condition::Any(members) => {
                self.members(&placed(&format!("{path}.any"), members), verified);
            }
            Condition::All(members) => {
                let members = placed(&format!("{path}.all"), members);
                self.contradictions(&members);
                let verified = verified || members.iter().any(|(_, member)| member.is_verified());
                self.members(&members, verified);
            }
            Condition::Role(name) if name.trim() != name => self.add(path, Oddity::BlankAround),
            Condition::Scope(name) => self.scope(path, name),
            Condition::Acr(names) => self.acr(path, names),
            Condition::Claim(claim) if claim.is_unverified_address() && !verified => {
                self.add(path, Oddity::UnverifiedAddress);
            }
            Condition::Role(_) | Condition::Claim(_) => {}
        }
    }

    fn members(&mut self, members: &[Placed<'_>], verified: bool) {
        for (index, (path, member)) in members.iter().enumerate() {
            let mut before = members.iter().take(index);
            if before.any(|(_, earlier)| earlier == member) {
                self.add(path, Oddity::Twice);
            } else {
                self.condition(path, member, verified);
            }
        }
    }

    fn absence(&mut self, path: &str, rule: &Rule) {
        match rule.form {
            Form::List => {
                for (path, member) in placed(path, rule.condition.members()) {
                    self.absent_role(&path, member);
                }
            }
            Form::Single => self.absent_role(path, &rule.condition),
        }
    }

    /// Looks for a role that has to be absent where no other one has to be there.
    fn absent_role(&mut self, path: &str, condition: &Condition) {
        match condition {
            Condition::Not(inner) if !inner.roles().is_empty() => {
                self.add(path, Oddity::RoleAbsent);
            }
            Condition::Any(members) => {
                for (path, member) in placed(&format!("{path}.any"), members) {
                    self.absent_role(&path, member);
                }
            }
            Condition::All(members) if !condition.needs_role() => {
                for (path, member) in placed(&format!("{path}.all"), members) {
                    self.absent_role(&path, member);
                }
            }
            _ => {}
        }
    }

    fn contradictions(&mut self, members: &[Placed<'_>]) {
        for (index, (path, member)) in members.iter().enumerate() {
            let mut before = members.iter().take(index);
            if let Some((other, _)) = before.find(|(_, earlier)| earlier.excludes(member)) {
                let other = other.clone();
                self.add(path, Oddity::Contradiction { other });
            }
        }
    }

    fn scope(&mut self, path: &str, name: &str) {
        if self
            .asked
            .scopes
            .is_some_and(|asked| !asked.contains(&name))
        {
            let scope = name.to_owned();
            self.add(path, Oddity::ScopeNotAsked { scope });
        }
    }

    fn acr(&mut self, path: &str, names: &[String]) {
        let asked = self.asked.acr_values;
        let is_asked = names.iter().any(|name| asked.contains(&name.as_str()));
        if !asked.is_empty() && !is_asked {
            self.add(path, Oddity::AcrNotAsked);
        }
    }
}

fn placed<'c>(path: &str, members: &'c [Condition]) -> Vec<Placed<'c>> {
    let place = |(index, member)| (format!("{path}[{index}]"), member);
    members.iter().enumerate().map(place).collect()
}

impl Condition {
    /// Whether its form alone says that it holds of nobody.
    fn is_nobody(&self) -> bool {
        match self {
            Self::Any(members) => members.iter().all(Self::is_nobody),
            Self::All(members) => members.iter().any(Self::is_nobody),
            Self::Acr(names) => names.is_empty(),
            Self::Claim(claim) => match &claim.test {
                Test::In(scalars) => scalars.is_empty(),
                Test::Domain(domains) => domains.is_empty(),
                _ => false,
            },
            Self::Not(_) | Self::Role(_) | Self::Scope(_) => false,
        }
    }

    /// Whether it holds of nobody who has no role.
    fn needs_role(&self) -> bool {
        match self {
            Self::Role(_) => true,
            Self::Any(members) => members.iter().all(Self::needs_role),
            Self::All(members) => members.iter().any(Self::needs_role),
            Self::Not(_) | Self::Scope(_) | Self::Acr(_) | Self::Claim(_) => false,
        }
    }

    /// Whether it says that the address is verified.
    fn is_verified(&self) -> bool {
        let Self::Claim(claim) = self else {
            return false;
        };
        let is_there = claim.path.claim() == EMAIL_VERIFIED;
        is_there && claim.test.choices() == Some(&[Scalar::Boolean(true)])
    }

    /// Whether both can't hold of one person.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Not(inner), other) | (other, Self::Not(inner)) if **inner == *other => true,
            (Self::Acr(one), Self::Acr(other)) => !one.iter().any(|name| other.contains(name)),
            (Self::Claim(one), Self::Claim(other)) => {
                one.path == other.path
                    && (one.test.excludes(&other.test) || other.test.excludes(&one.test))
            }
            _ => false,
        }
    }
}

impl ClaimCondition {
    fn is_unverified_address(&self) -> bool {
        let segments: Vec<&str> = self.path.segments().collect();
        segments == [EMAIL] && matches!(self.test, Test::Domain(_))
    }
}

impl Test {
    /// What the claim may be, where the test says that.
    fn choices(&self) -> Option<&[Scalar]> {
        match self {
            Self::Equals(scalar) => Some(std::slice::from_ref(scalar)),
            Self::In(scalars) => Some(scalars),
            _ => None,
        }
    }

    /// Whether no value passes both, looked at from one side.
    fn excludes(&self, other: &Self) -> bool {
        if let Some(choices) = self.choices() {
            return choices.iter().all(|choice| !other.may_be(choice));
        }
        match (self, other) {
            (Self::Present(false), other) => *other != Self::Present(false),
            (Self::Contains(_), Self::Domain(_) | Self::Matches(_)) => true,
            (Self::Domain(one), Self::Domain(other)) => {
                !one.iter().any(|domain| other.contains(domain))
            }
            _ => false,
        }
    }

    /// Whether a claim with this value passes.
    fn may_be(&self, scalar: &Scalar) -> bool {
        self.judge(&scalar.to_json()) == Ok(true)
    }
}

impl Lint {
    /// What is odd.
    pub fn message(&self) -> String {
        self.oddity.to_string()
    }

    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self.oddity {
            Oddity::Nobody => {
                "if nobody is to have it, leave it so; if the right isn't the provider's, leave the key out"
            }
            Oddity::Everybody => "leave the key out, or write who is meant",
            Oddity::Twice => "leave one out",
            Oddity::Contradiction { .. } => "leave one out, or write `any` for `all`",
            Oddity::ScopeNotAsked { .. } => "add the scope to `SCOPES`",
            Oddity::AcrNotAsked => "write one of `ACR_VALUES`, or add this one there",
            Oddity::BlankAround => {
                "names are compared exactly; take the blank away unless the role has it"
            }
            Oddity::UnverifiedAddress => {
                r#"put it into `all` with {"claim": "email_verified", "equals": true}, unless the provider verifies all addresses"#
            }
            Oddity::PrefixOfNoRole => {
                "write the whole names of roles in rules; `PREFIX` is taken off for groups alone"
            }
            Oddity::RoleAbsent => {
                r#"put it into `all` with a role that has to be there, or set "ON_MISSING_ROLES": "refuse""#
            }
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => formatter.write_str("nobody can match this"),
            Self::Everybody => formatter.write_str("everybody matches this"),
            Self::Twice => formatter.write_str("this is in the list already"),
            Self::Contradiction { other } => {
                write!(formatter, "nobody can match this together with {other}")
            }
            Self::ScopeNotAsked { scope } => {
                write!(
                    formatter,
                    "`SCOPES` doesn't ask for the scope `{}`",
                    clipped(scope)
                )
            }
            Self::AcrNotAsked => {
                formatter.write_str("a sign-in has one of `ACR_VALUES`, and this is none of them")
            }
            Self::BlankAround => {
                formatter.write_str("the name of the role begins or ends with a blank")
            }
            Self::UnverifiedAddress => {
                formatter.write_str("an e-mail address decides that nobody may have verified")
            }
            Self::PrefixOfNoRole => formatter.write_str("no role in a rule begins with the prefix"),
            Self::RoleAbsent => formatter.write_str(
                "whoever comes without any role matches this, such as by striking the scope of roles out of the address",
            ),
        }
    }
}
