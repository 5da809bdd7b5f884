//! Front-channel logout: what a frame of the provider's page says about a session that ended. Front-Channel Logout 1.0 §2, §3.

use url::{Url, form_urlencoded};

use crate::Error;
use crate::characters::is_printable;
use crate::error::{Clipped, InvalidFrontChannelLogout};
use crate::issuer::Issuer;
use crate::limits::{MAX_LOGOUT_QUERY_BYTES, MAX_SID_CHARS};
use crate::provider_metadata::ProviderMetadata;

/// Whose session at the provider ended, as the query of a request to the front-channel logout address says.
///
/// The query is as it stands in the URL, without the question mark. Nothing is signed, so it proves nothing but that whoever
/// wrote it knows a `sid`: the caller looks for a session that has it. §2 lets a provider leave both parameters out; they are
/// needed here, since without them any page that frames the address would sign people out.
pub fn validate(query: &str, issuer: &Issuer) -> Result<ValidFrontChannelLogout, Error> {
    if query.len() > MAX_LOGOUT_QUERY_BYTES {
        return Err(InvalidFrontChannelLogout::QueryTooLong { bytes: query.len() }.into());
    }
    // §2: if either of the two is included, both must be.
    let named = once(query, "iss")?;
    let sid = once(query, "sid")?;
    let issuer = check_issuer(&named, issuer)?;
    // Back-Channel Logout §2.1: the syntax of `sid` is that of a client identifier, RFC 6749 A.1.
    if sid.len() > MAX_SID_CHARS || !is_printable(&sid) {
        return Err(InvalidFrontChannelLogout::SidInvalid.into());
    }
    Ok(ValidFrontChannelLogout::receipt(issuer, sid))
}

/// The origins whose pages may frame the answer: the issuer's, and those of the endpoints that a browser is sent to.
///
/// The frames are on the page that ends the provider's session, or on one of its sign-in pages. §3.
pub fn framing_origins(issuer: &Issuer, metadata: Option<&ProviderMetadata>) -> Vec<String> {
    let endpoints = metadata.into_iter().flat_map(|metadata| {
        let authorization = Some(metadata.authorization_endpoint());
        authorization
            .into_iter()
            .chain(metadata.end_session_endpoint())
    });
    let mut origins: Vec<String> = Vec::new();
    for url in std::iter::once(issuer.metadata_url()).chain(endpoints) {
        let origin = origin_of(url);
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

/// A request to the front-channel logout address that names this provider and one of its sessions; made by [`validate`] only.
///
/// It is no proof: who sent it is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidFrontChannelLogout {
    issuer: Issuer,
    sid: String,
}

impl ValidFrontChannelLogout {
    fn receipt(issuer: Issuer, sid: String) -> Self {
        Self { issuer, sid }
    }

    /// Whose session it is: the configured issuer, or that of one of its tenants.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The provider's session that ended.
    pub fn sid(&self) -> &str {
        &self.sid
    }
}

/// The value of a parameter that is there exactly once. What else the query has is not for us: the registered address may
/// have a query of its own.
fn once(query: &str, name: &'static str) -> Result<String, InvalidFrontChannelLogout> {
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter_map(|(key, value)| (key == name).then_some(value));
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value.into_owned()),
        (Some(_), Some(_)) => Err(InvalidFrontChannelLogout::ParameterRepeated { name }),
        (None, _) => Err(InvalidFrontChannelLogout::ParameterMissing { name }),
    }
}

/// §3: the issuer is the one that we know, byte for byte.
fn check_issuer(named: &str, issuer: &Issuer) -> Result<Issuer, InvalidFrontChannelLogout> {
    let is_ours = match issuer.tenants() {
        Some(tenants) => tenants.issuers().any(|one| one == named),
        None => named == issuer.as_str(),
    };
    if is_ours {
        return Ok(issuer.of_tenant(named));
    }
    Err(InvalidFrontChannelLogout::IssuerMismatch {
        expected: Clipped::new(issuer.in_metadata()),
        got: Clipped::new(named),
    })
}

fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}
