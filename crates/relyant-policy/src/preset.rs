//! Presets: where a provider puts roles and names, and what else it does in its own way, as data.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::claim_path::ClaimPath;
use crate::name::clipped;
use crate::nearest::nearest;
use crate::role_path::RolePath;

/// Each preset's name and its file, in alphabetical order: what the build script found in `presets/`.
///
/// `generic` is for a provider that no other preset is about: the standard's claims, and no claim with roles.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// What a provider does as it comes, so that a policy needn't say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// What the setting `PRESET` says.
    pub name: &'static str,
    /// What visitors know the provider as; `None` where the preset is for several products.
    pub title: Option<String>,
    /// Under which other names people look for it: for a hint, never instead of its own.
    pub also_called: Vec<String>,
    /// Where the roles stand, if the policy has no `ROLES`.
    pub role_paths: Vec<RolePath>,
    /// The scopes to ask for, if the settings name none; `None` where the usual ones are enough.
    pub scopes: Option<Vec<String>>,
    /// Whether the userinfo endpoint is asked: it isn't where it says nothing that the ID token doesn't.
    pub userinfo: bool,
    /// How the ID tokens differ from what is expected.
    pub id_token: IdTokens,
    /// Which claim of an ID token is the person's account; `None` where it is the subject.
    pub account: Option<Account>,
    /// How the provider names its tenants, where one address is for several.
    pub tenants: Option<Tenants>,
    /// Whether a JWT access token is a source of claims, and what it looks like.
    pub claims_from_access_token: Option<AccessTokenClaims>,
    /// How the access tokens of the provider that an API gets differ from RFC 9068.
    pub access_tokens: AccessTokens,
    /// How the provider's logout differs from RP-Initiated Logout.
    pub logout: Logout,
    /// The user fields and their claims, if the policy has no `USER`.
    pub user: BTreeMap<String, ClaimPath>,
}

/// How the provider's ID tokens differ from what is expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdTokens {
    /// Whether they are for other clients too, and say in `azp` to whom they were issued.
    pub further_audiences: bool,
}

/// Which claim of an ID token says whose account it is, the same for every client of the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The claim.
    pub subject: String,
}

/// How a provider names its tenants, where one address is for several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenants {
    /// The claim of an ID token that names the tenant.
    pub claim: String,
    /// What stands for the tenant in the metadata's issuer.
    pub placeholder: String,
    /// What stands in its place in the address for all: a segment of the path.
    pub any: Vec<String>,
}

/// How the provider's logout differs from RP-Initiated Logout.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    /// The parameter that says where the browser comes back.
    pub return_parameter: String,
    /// Whether the ID token is sent along.
    pub id_token_hint: bool,
}

impl Default for Logout {
    fn default() -> Self {
        Self {
            return_parameter: "post_logout_redirect_uri".to_owned(),
            id_token_hint: true,
        }
    }
}

/// How the provider's JWT access tokens are told from its other tokens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenClaims {
    /// The header's `typ`, any of.
    pub header_types: Vec<String>,
    /// The body's `typ`, where the provider has one.
    pub body_type: Option<String>,
}

/// How the provider's access tokens differ from RFC 9068, and how those of a client's own are told from those of people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessTokens {
    /// What is forgiven, one by one.
    pub leniencies: Vec<Leniency>,
    /// The body's `typ`, where the provider has one; it must be there then.
    pub body_type: Option<String>,
    /// The claim that names the person as the ID token's subject does; `None` where it is `sub`.
    pub subject: Option<String>,
    /// Claims that only a client's own token has.
    pub service_if_present: Vec<String>,
    /// Claims that only the tokens of people have.
    pub service_if_absent: Vec<String>,
    /// The subject of a client's own token, with `{client_id}` in it; `None` where it is the client's identifier itself.
    pub service_subject: Option<String>,
}

/// One way in which a provider's access tokens fall short of RFC 9068.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leniency {
    /// The header's type may be `JWT`.
    HeaderTypeJwt,
    /// The header may have no type.
    HeaderTypeAbsent,
    /// The client is named in `azp`.
    ClientIdFromAzp,
    /// The client is named in `cid`.
    ClientIdFromCid,
    /// The scopes are in `scp`.
    ScopeFromScp,
    /// There may be no `jti`.
    JtiAbsent,
    /// There may be no `sub`.
    SubjectAbsent,
}

/// No preset has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPreset {
    /// The name that was asked for.
    pub got: String,
    /// The known name that was most likely meant.
    pub nearest: Option<&'static str>,
}

/// A preset's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Option<String>,
    #[serde(default)]
    also_called: Vec<String>,
    roles: Vec<RolePath>,
    scopes: Option<Vec<String>>,
    #[serde(default = "yes")]
    userinfo: bool,
    #[serde(default)]
    id_token: IdTokens,
    account: Option<Account>,
    tenants: Option<Tenants>,
    claims_from_access_token: Option<AccessTokenClaims>,
    #[serde(default)]
    access_tokens: AccessTokens,
    #[serde(default)]
    logout: Logout,
    user: BTreeMap<String, ClaimPath>,
}

fn yes() -> bool {
    true
}

/// The preset of this name.
///
/// Read from its file at each call: a provider is made once a process, and nothing is kept that a fork could tear.
pub fn preset(name: &str) -> Result<Preset, UnknownPreset> {
    let read = |(name, text): &(&'static str, &str)| {
        Some(Preset::from_file(name, serde_json::from_str(text).ok()?))
    };
    FILES
        .iter()
        .find(|(known, _)| *known == name)
        .and_then(read)
        .ok_or_else(|| UnknownPreset {
            got: name.to_owned(),
            nearest: nearest(name, preset_names()),
        })
}

/// The names of all presets, in alphabetical order.
pub fn preset_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

impl Preset {
    fn from_file(name: &'static str, file: File) -> Self {
        Self {
            name,
            title: file.title,
            also_called: file.also_called,
            role_paths: file.roles,
            scopes: file.scopes,
            userinfo: file.userinfo,
            id_token: file.id_token,
            account: file.account,
            tenants: file.tenants,
            claims_from_access_token: file.claims_from_access_token,
            access_tokens: file.access_tokens,
            logout: file.logout,
            user: file.user,
        }
    }
}

impl fmt::Display for UnknownPreset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown preset `{}`", clipped(&self.got))?;
        match self.nearest {
            Some(nearest) => write!(formatter, "; did you mean `{nearest}`?"),
            None => write!(
                formatter,
                "; known are {}",
                preset_names().collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

impl std::error::Error for UnknownPreset {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_a_preset() {
        for name in preset_names() {
            assert_eq!(preset(name).map(|preset| preset.name), Ok(name));
        }
        assert!(preset_names().is_sorted());
    }

    #[test]
    fn a_product_has_its_title() {
        let title = |name| preset(name).unwrap().title;
        assert_eq!(title("keycloak").as_deref(), Some("Keycloak"));
        assert_eq!(title("generic"), None);
    }

    #[test]
    fn no_other_name_is_that_of_two_presets_or_of_one_that_there_is() {
        let mut names: Vec<String> = preset_names().map(str::to_owned).collect();
        names.extend(preset_names().flat_map(|name| preset(name).unwrap().also_called));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn keycloak_puts_roles_into_the_access_token() {
        let keycloak = preset("keycloak").unwrap();
        let paths: Vec<String> = keycloak
            .role_paths
            .iter()
            .map(|roles| roles.path.to_string())
            .collect();
        assert_eq!(
            paths,
            ["realm_access.roles", "resource_access.{client_id}.roles"]
        );
        let access_token = keycloak.claims_from_access_token.unwrap();
        assert_eq!(access_token.header_types, ["JWT", "at+jwt"]);
        assert_eq!(access_token.body_type.as_deref(), Some("Bearer"));
    }

    #[test]
    fn without_a_product_everything_is_as_the_standards_say() {
        let generic = preset("generic").unwrap();
        assert_eq!(generic.access_tokens, AccessTokens::default());
        assert_eq!(generic.id_token, IdTokens::default());
        assert_eq!(generic.logout, Logout::default());
        assert_eq!((generic.account, generic.scopes), (None, None));
        assert!(generic.userinfo);
    }

    // RS-07
    #[test]
    fn keycloak_is_forgiven_two_things_and_marks_its_service_accounts() {
        let keycloak = preset("keycloak").unwrap().access_tokens;
        let forgiven = [Leniency::HeaderTypeJwt, Leniency::ClientIdFromAzp];
        assert_eq!(keycloak.leniencies, forgiven);
        assert_eq!(keycloak.body_type.as_deref(), Some("Bearer"));
        assert_eq!(keycloak.service_if_present, ["clientAddress", "clientHost"]);
        assert_eq!(keycloak.service_if_absent, ["sid"]);
    }

    #[test]
    fn each_preset_fills_the_user_name_and_the_address() {
        for name in preset_names() {
            let user = preset(name).unwrap().user;
            assert!(user.contains_key("username"), "{name}");
            assert_eq!(user["email"].claim(), "email", "{name}");
            for (field, claim) in [("first_name", "given_name"), ("last_name", "family_name")] {
                let path = user.get(field).map(ClaimPath::claim);
                assert!(path.is_none_or(|path| path == claim), "{name}");
            }
        }
    }

    #[test]
    fn no_preset_reads_the_client_of_an_access_token_from_two_claims() {
        for name in preset_names() {
            let forgiven = preset(name).unwrap().access_tokens.leniencies;
            let clients = [Leniency::ClientIdFromAzp, Leniency::ClientIdFromCid];
            let clients = clients.iter().filter(|one| forgiven.contains(one));
            assert!(clients.count() <= 1, "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest() {
        let error = preset("Keycloak").unwrap_err();
        assert_eq!(
            error,
            UnknownPreset {
                got: "Keycloak".to_owned(),
                nearest: Some("keycloak")
            }
        );
        assert_eq!(
            error.to_string(),
            "unknown preset `Keycloak`; did you mean `keycloak`?"
        );
        let known = preset_names().collect::<Vec<_>>().join(", ");
        assert!(known.starts_with("adfs, auth0, authentik, "), "{known}");
        assert_eq!(
            preset("microsoft").unwrap_err().to_string(),
            format!("unknown preset `microsoft`; known are {known}")
        );
    }
}
