//! An issuer for the tenants of a provider: one address for all, and an issuer of its own for each.
//!
//! Discovery §4.3 and Core §3.1.3.7 (2) want one issuer. Some providers publish one set of metadata for all their tenants, whose
//! `issuer` is a template. It is believed for tenants that the settings name, and each ID token's issuer is then an exact text
//! again: the template with that tenant in it.

use std::collections::BTreeSet;

use relyant_jose::json::{Object, Value};

use crate::error::{Clipped, Configuration, InvalidToken};
use crate::limits::MAX_TENANT_CHARS;

/// How a provider names its tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRule {
    /// The claim of an ID token that names the tenant.
    pub claim: String,
    /// What stands for the tenant in the metadata's issuer.
    pub placeholder: String,
    /// What may stand in its place in a configured issuer: a segment of the path, for any tenant.
    pub any: Vec<String>,
}

/// The tenants whose people may sign in, behind one address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Tenants {
    claim: String,
    placeholder: String,
    template: String,
    allowed: BTreeSet<String>,
}

impl Tenants {
    /// The tenants `allowed` behind `issuer`; none where that is the issuer of one tenant alone, or of no tenant.
    pub(crate) fn behind(
        issuer: &str,
        rule: Option<&TenantRule>,
        allowed: &[String],
    ) -> Result<Option<Self>, Configuration> {
        let behind_all = rule.and_then(|rule| Some((rule, rule.template_of(issuer)?)));
        let Some((rule, template)) = behind_all else {
            return match allowed {
                [] => Ok(None),
                _ => Err(Configuration::TenantsUnused {
                    issuer: Clipped::new(issuer),
                }),
            };
        };
        if allowed.is_empty() {
            let issuer = Clipped::new(issuer);
            return Err(Configuration::TenantsMissing { issuer });
        }
        if let Some(got) = allowed.iter().find(|tenant| !rule.can_name(tenant)) {
            let got = Clipped::new(got);
            return Err(Configuration::TenantInvalid { got });
        }
        Ok(Some(Self {
            claim: rule.claim.clone(),
            placeholder: rule.placeholder.clone(),
            template,
            allowed: allowed.iter().cloned().collect(),
        }))
    }

    /// What the metadata say that the issuer is.
    pub(crate) fn template(&self) -> &str {
        &self.template
    }

    /// The issuer of each tenant that is allowed.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = String> {
        self.allowed.iter().map(|tenant| self.issuer_of(tenant))
    }

    /// The issuer that an ID token with these claims must have: that of its tenant, if the tenant is allowed.
    pub(crate) fn issuer_for(&self, claims: &Object) -> Result<String, InvalidToken> {
        let named = claims.get(&self.claim);
        let tenant = named
            .and_then(Value::as_str)
            .filter(|text| is_tenant_id(text));
        let Some(tenant) = tenant else {
            return Err(InvalidToken::TenantInvalid {
                claim: Clipped::new(&self.claim),
                got: Clipped::claim(named),
            });
        };
        if !self.allowed.contains(tenant) {
            let got = Clipped::new(tenant);
            return Err(InvalidToken::TenantNotAllowed { got });
        }
        Ok(self.issuer_of(tenant))
    }

    fn issuer_of(&self, tenant: &str) -> String {
        self.template.replace(&self.placeholder, tenant)
    }
}

/// The issuers that ID tokens from `issuer` have: that one, or that of each tenant that is allowed.
pub fn issuers_of_tokens(
    issuer: &str,
    rule: Option<&TenantRule>,
    allowed: &[String],
) -> Vec<String> {
    match Tenants::behind(issuer, rule, allowed) {
        Ok(Some(tenants)) => tenants.issuers().collect(),
        // Settings that don't fit make no provider.
        Ok(None) | Err(_) => vec![issuer.to_owned()],
    }
}

impl TenantRule {
    /// The metadata's issuer for a configured one that has a word for any tenant in exactly one place.
    fn template_of(&self, issuer: &str) -> Option<String> {
        let is_any = |segment: &&str| self.any.iter().any(|any| any == segment);
        if issuer.split('/').filter(is_any).count() != 1 {
            return None;
        }
        let fill = |segment| {
            if is_any(&segment) {
                &self.placeholder
            } else {
                segment
            }
        };
        let segments: Vec<&str> = issuer.split('/').map(fill).collect();
        Some(segments.join("/"))
    }

    fn can_name(&self, tenant: &str) -> bool {
        is_tenant_id(tenant) && !self.any.iter().any(|any| any == tenant)
    }
}

/// An identifier that is one thing in a path, and is written in one way.
fn is_tenant_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_TENANT_CHARS).contains(&text.len()) && text.bytes().all(fits)
}
