//! The identity that a login ends in: who it is, and the claims with their sources.

use std::fmt;

use relyant_jose::json::Object;

use crate::Error;
use crate::claim_sources::LeftOut;
use crate::clock::UnixTime;
use crate::error::Misuse;
use crate::id_token::{Subject, ValidIdToken};
use crate::issuer::Issuer;
use crate::limits::MAX_CLAIM_SOURCE_NAME_CHARS;
use crate::token::session_tokens::SessionTokens;

/// Where claims come from, in the order in which a policy asks them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimsSource {
    /// The ID token.
    IdToken,
    /// Another source, to which the ID token refers. Core §5.6.2.
    ReferredByIdToken(SourceName),
    /// The userinfo endpoint.
    Userinfo,
    /// Another source, to which userinfo refers. Core §5.6.2.
    ReferredByUserinfo(SourceName),
    /// A JWT access token that was validated.
    AccessToken,
}

/// The name of a source behind that of the claims that refer to it: `id_token/src1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceName(String);

impl ClaimsSource {
    /// The source that these claims call `name`; none where that is no short printable text, or these refer to nothing.
    pub(crate) fn referred(&self, name: &str) -> Option<Self> {
        let printable = name.bytes().all(|byte| byte.is_ascii_graphic());
        if !printable || !(1..=MAX_CLAIM_SOURCE_NAME_CHARS).contains(&name.len()) {
            return None;
        }
        let full = SourceName(format!("{}/{name}", self.name()));
        match self {
            Self::IdToken => Some(Self::ReferredByIdToken(full)),
            Self::Userinfo => Some(Self::ReferredByUserinfo(full)),
            Self::ReferredByIdToken(_) | Self::ReferredByUserinfo(_) | Self::AccessToken => None,
        }
    }

    /// The name that policies and logs know it by.
    pub fn name(&self) -> &str {
        match self {
            Self::IdToken => "id_token",
            Self::ReferredByIdToken(name) | Self::ReferredByUserinfo(name) => &name.0,
            Self::Userinfo => "userinfo",
            Self::AccessToken => "access_token",
        }
    }
}

/// Claims from beside the ID token, about the ID token's subject.
///
/// Made by the validation of userinfo, of an access token or of a JWT that they refer to. Protocol claims are not among them.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    source: ClaimsSource,
    issuer: Issuer,
    subject: Subject,
    members: Object,
    withheld: Vec<&'static str>,
}

/// The claims that the ID token alone speaks for: none of them may come from another source, even
/// where the ID token lacks it. Core §2, §5.1, RFC 7519 §4.1.
pub(crate) const PROTOCOL_CLAIMS: [&str; 16] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "azp",
    "acr",
    "amr",
    "auth_time",
    "at_hash",
    "c_hash",
    "sid",
    "events",
];

impl Claims {
    pub(crate) fn receipt(
        source: ClaimsSource,
        id_token: &ValidIdToken,
        mut members: Object,
    ) -> Self {
        let is_there = |name: &&'static str| members.contains_key(*name);
        let withheld = PROTOCOL_CLAIMS.into_iter().filter(is_there).collect();
        members.retain(|name, _| !PROTOCOL_CLAIMS.contains(&name.as_str()));
        Self {
            source,
            issuer: id_token.issuer().clone(),
            subject: id_token.subject().clone(),
            members,
            withheld,
        }
    }

    /// Where they come from.
    pub fn source(&self) -> ClaimsSource {
        self.source.clone()
    }

    /// The claims themselves.
    pub fn members(&self) -> &Object {
        &self.members
    }

    /// The protocol claims that came too and speak for nothing here, by name.
    pub fn withheld(&self) -> &[&'static str] {
        &self.withheld
    }

    fn are_about(&self, id_token: &ValidIdToken) -> bool {
        self.issuer == *id_token.issuer() && self.subject == *id_token.subject()
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Claims")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// A person, as the provider vouches for her: issuer and subject, with claims and their sources.
///
/// The pair (issuer, subject) is the identity (Core §5.7); everything else may change. Built from
/// receipts only. `Debug` shows that pair and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedIdentity {
    id_token: ValidIdToken,
    tokens: SessionTokens,
    sources: Vec<(ClaimsSource, Object)>,
    left_out: Vec<LeftOut>,
}

impl VerifiedIdentity {
    /// The identity of `id_token`, with `others`, claims from beside it, and the tokens that came with it.
    pub fn receipt(
        id_token: ValidIdToken,
        mut others: Vec<Claims>,
        tokens: SessionTokens,
    ) -> Result<Self, Error> {
        if !others.iter().all(|claims| claims.are_about(&id_token)) {
            return Err(Misuse::ClaimsOfAnotherLogin.into());
        }
        others.sort_by_key(Claims::source);
        let mut sources = vec![(ClaimsSource::IdToken, id_token.claims().clone())];
        sources.extend(
            others
                .into_iter()
                .map(|claims| (claims.source, claims.members)),
        );
        Ok(Self {
            id_token,
            tokens,
            sources,
            left_out: Vec::new(),
        })
    }

    /// The same identity, which lacks the claims of sources that could not be used.
    #[must_use]
    pub fn without(mut self, left_out: Vec<LeftOut>) -> Self {
        self.left_out = left_out;
        self
    }

    /// The sources of aggregated and distributed claims that could not be used, and why: for a log.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Who vouches.
    pub fn issuer(&self) -> &Issuer {
        self.id_token.issuer()
    }

    /// Who it is, among the issuer's people.
    pub fn subject(&self) -> &Subject {
        self.id_token.subject()
    }

    /// Under what her account is known among the issuer's people: the subject, unless this provider has another name for her
    /// that is the same for every client.
    pub fn account(&self) -> &Subject {
        self.id_token.account()
    }

    /// The provider's session that the login belongs to. Back-Channel Logout §2.1.
    pub fn sid(&self) -> Option<&str> {
        self.id_token.sid()
    }

    /// The ID token as it came, for the hint of a logout.
    pub fn id_token(&self) -> &str {
        self.id_token.as_str()
    }

    /// When the ID token expires.
    pub fn id_token_expires_at(&self) -> UnixTime {
        self.id_token.expires_at()
    }

    /// When the access token expires, if the provider says so.
    pub fn access_token_expires_at(&self) -> Option<UnixTime> {
        self.tokens.access_token_expires_at()
    }

    /// The tokens that came with the identity, for a session that goes on with them.
    pub fn tokens(&self) -> &SessionTokens {
        &self.tokens
    }

    /// When the person signed in at the provider. Core §2, `auth_time`.
    pub fn auth_time(&self) -> Option<UnixTime> {
        self.id_token.auth_time()
    }

    /// How sure the provider is, in its own words. Core §2, `acr`.
    pub fn acr(&self) -> Option<&str> {
        self.id_token.acr()
    }

    /// How the person signed in. Core §2, `amr`.
    pub fn amr(&self) -> Vec<&str> {
        self.id_token.amr()
    }

    /// Every source with its claims, in the order in which a policy asks them; never merged.
    pub fn sources(&self) -> &[(ClaimsSource, Object)] {
        &self.sources
    }

    /// The claims of one source, if the login had it.
    pub fn claims(&self, source: &ClaimsSource) -> Option<&Object> {
        self.sources
            .iter()
            .find(|(its, _)| its == source)
            .map(|(_, claims)| claims)
    }
}

impl fmt::Debug for VerifiedIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifiedIdentity")
            .field("issuer", &self.issuer().as_str())
            .field("subject", &self.subject().as_str())
            .finish_non_exhaustive()
    }
}
