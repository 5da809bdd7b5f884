//! Aggregated and distributed claims: what the provider says that others say about a person. Core §5.6.2.
//!
//! The ID token or userinfo names claims that are kept elsewhere (`_claim_names`) and where (`_claim_sources`): in a JWT beside
//! them, or at an address. Nothing of it is followed unless the operator lists the issuers whose word counts, and then only what
//! the policy looks at:
//!
//! 1. [`needed_sources`] finds the sources of the claims that are needed;
//! 2. [`ClaimSource::request`] says what to fetch, which is nothing where the JWT came along ([`ClaimSource::jwt`]);
//! 3. [`validate`] turns the JWT into claims, a source of their own in the identity.
//!
//! What goes wrong with one source leaves out its claims alone. A policy that needs them for a right refuses then, since the
//! claims beside them still say that they are kept elsewhere: what can't be had is never read as what isn't there.

mod issuer;
mod jwt;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use relyant_jose::json::{Object, Value};
use url::Url;

use crate::Error;
use crate::error::{Clipped, InvalidClaimSource};
use crate::http::{Endpoint, HttpRequest, HttpResponse, JWT};
use crate::id_token::ValidIdToken;
use crate::identity::{Claims, ClaimsSource, PROTOCOL_CLAIMS};
use crate::issuer::Issuer;
use crate::limits::{MAX_BEARER_TOKEN_BYTES, MAX_CLAIM_SOURCES};
use crate::secret::Secret;
use crate::strict_url;

pub use issuer::{
    ClaimsProviderMetadata, claims_provider_jwks_request, claims_provider_request,
    process_claims_provider_jwks_response, process_claims_provider_response,
};
pub use jwt::{issuer_of, validate};

/// Core §5.6.2: which claims are kept elsewhere, each with a name of [`CLAIM_SOURCES`].
const CLAIM_NAMES: &str = "_claim_names";
/// Core §5.6.2: where they are kept.
const CLAIM_SOURCES: &str = "_claim_sources";

/// A source that holds claims which are needed.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimSource {
    source: ClaimsSource,
    claims: Vec<String>,
    place: Place,
}

/// Where the claims are. Core §5.6.2.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    /// Aggregated claims: the JWT itself.
    Here(String),
    /// Distributed claims: where the JWT is, and what opens it.
    At(Url, Option<Secret>),
}

/// A source whose claims are left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The source's name, or what stands for it.
    pub source: Clipped,
    /// What is wrong with it.
    pub error: Error,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, error } = self;
        write!(formatter, "the claims of `{source}` are left out: {error}")
    }
}

/// The sources of the claims that are needed, as far as they can be used.
#[derive(Default)]
pub struct NeededSources {
    /// Those to be read, [`MAX_CLAIM_SOURCES`] at most.
    pub sources: Vec<ClaimSource>,
    /// Those that can't be.
    pub left_out: Vec<LeftOut>,
}

/// The sources that the ID token and userinfo name for claims of `needed`.
///
/// For each claim the first of the two that has it, or says where it is, counts; so it is for a policy. Claims of the protocol
/// are the ID token's alone and are looked for nowhere else.
pub fn needed_sources(
    id_token: &ValidIdToken,
    others: &[Claims],
    needed: &[String],
) -> NeededSources {
    let userinfo = others
        .iter()
        .find(|claims| claims.source() == ClaimsSource::Userinfo);
    let mut carriers = vec![Carrier::new(ClaimsSource::IdToken, id_token.claims())];
    carriers.extend(userinfo.map(|it| Carrier::new(ClaimsSource::Userinfo, it.members())));
    let needed: BTreeSet<&String> = needed
        .iter()
        .filter(|name| may_be_elsewhere(name))
        .collect();
    for claim in needed {
        for carrier in &mut carriers {
            if carrier.takes_up(claim) {
                break;
            }
        }
    }
    let mut found = NeededSources::default();
    for carrier in carriers {
        carrier.read_into(&mut found);
    }
    found
}

impl ClaimSource {
    /// What the identity calls it.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// The JWT of aggregated claims, which nobody has verified; none of distributed ones.
    pub fn jwt(&self) -> Option<&str> {
        match &self.place {
            Place::Here(jwt) => Some(jwt),
            Place::At(..) => None,
        }
    }

    /// The request for distributed claims, with the issuer of `believed` on whose own host it goes; none of aggregated ones.
    ///
    /// The access token that came with the address goes into the header (Core §5.6.2, RFC 6750 §2.1). Ours, of the login, never
    /// goes there.
    pub fn request<'i>(
        &self,
        believed: &'i [Issuer],
    ) -> Result<Option<(&'i Issuer, HttpRequest)>, Error> {
        let Place::At(endpoint, access_token) = &self.place else {
            return Ok(None);
        };
        let is_on_its_host = |issuer: &&Issuer| issuer.metadata_url().origin() == endpoint.origin();
        let issuer = believed.iter().find(is_on_its_host).ok_or_else(|| {
            InvalidClaimSource::EndpointForbidden {
                got: Clipped::without_credentials(endpoint.as_str()),
            }
        })?;
        let mut request = HttpRequest::get(endpoint).accepting(JWT);
        if let Some(token) = access_token {
            request
                .headers
                .push(("authorization", format!("Bearer {}", token.expose())));
        }
        Ok(Some((issuer, request)))
    }

    /// The source without its claims.
    pub fn left_out(&self, error: Error) -> LeftOut {
        LeftOut {
            source: Clipped::new(self.name()),
            error,
        }
    }
}

/// The JWT in the answer to [`ClaimSource::request`], which nobody has verified. Core §5.6.2.
pub fn process_claim_source_response(response: &HttpResponse) -> Result<String, Error> {
    response.check(Endpoint::ClaimSource, &[JWT])?;
    let text = response.text().ok_or_else(|| {
        let reason = Clipped::new("it is not text");
        InvalidClaimSource::Malformed { reason }
    })?;
    Ok(text.to_owned())
}

/// Whether a claim of this name may come from another than the ID token, and is one at all.
fn may_be_elsewhere(name: &str) -> bool {
    !PROTOCOL_CLAIMS.contains(&name) && name != CLAIM_NAMES && name != CLAIM_SOURCES
}

/// Claims that may say where others are kept.
struct Carrier<'c> {
    source: ClaimsSource,
    members: &'c Object,
    /// The claims that are needed, by the source that they are referred to.
    referred: BTreeMap<&'c str, Vec<String>>,
    left_out: Vec<LeftOut>,
}

impl<'c> Carrier<'c> {
    fn new(source: ClaimsSource, members: &'c Object) -> Self {
        Self {
            source,
            members,
            referred: BTreeMap::new(),
            left_out: Vec::new(),
        }
    }

    /// Notes where `claim` is kept; false where these claims say nothing of it.
    fn takes_up(&mut self, claim: &str) -> bool {
        let has_itself = self.members.contains_key(claim);
        let Some(names) = self.members.get(CLAIM_NAMES) else {
            return has_itself;
        };
        match reference(names, claim) {
            Ok(None) => return has_itself,
            // Two values for one claim: which is meant, nobody can tell.
            Ok(Some(_)) if has_itself => self.leave_out("the claim is there too"),
            Ok(Some(name)) => self
                .referred
                .entry(name)
                .or_default()
                .push(claim.to_owned()),
            Err(reason) => self.leave_out(reason),
        }
        true
    }

    fn leave_out(&mut self, reason: &'static str) {
        self.left_out.push(LeftOut {
            source: Clipped::new(self.source.name()),
            error: InvalidClaimSource::Unreadable { reason }.into(),
        });
    }

    fn read_into(self, found: &mut NeededSources) {
        found.left_out.extend(self.left_out);
        for (name, claims) in self.referred {
            match read(self.members, &self.source, name, claims) {
                Ok(_) if found.sources.len() == MAX_CLAIM_SOURCES => found.left_out.push(LeftOut {
                    source: Clipped::new(&format!("{}/{name}", self.source.name())),
                    error: InvalidClaimSource::TooMany {
                        limit: MAX_CLAIM_SOURCES,
                    }
                    .into(),
                }),
                Ok(source) => found.sources.push(source),
                Err(error) => found.left_out.push(LeftOut {
                    source: Clipped::new(&format!("{}/{name}", self.source.name())),
                    error,
                }),
            }
        }
    }
}

/// The source that `_claim_names` refers `claim` to. Core §5.6.2.
fn reference<'c>(names: &'c Value, claim: &str) -> Result<Option<&'c str>, &'static str> {
    let Value::Object(names) = names else {
        return Err("`_claim_names` is not an object");
    };
    match names.get(claim) {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(name)),
        Some(_) => Err("a member of `_claim_names` is not a string"),
    }
}

/// The source of this name. Core §5.6.2: `JWT`, or `endpoint` with an `access_token` or without.
fn read(
    members: &Object,
    carrier: &ClaimsSource,
    name: &str,
    claims: Vec<String>,
) -> Result<ClaimSource, Error> {
    let unreadable = |reason| InvalidClaimSource::Unreadable { reason };
    let source = carrier.referred(name).ok_or(unreadable(
        "the source's name is not a short printable text",
    ))?;
    let entry = members
        .get(CLAIM_SOURCES)
        .and_then(|sources| sources.get(name))
        .and_then(Value::as_object)
        .ok_or(unreadable("`_claim_sources` has no object of that name"))?;
    let place = match (entry.get("JWT"), entry.get("endpoint")) {
        (Some(Value::String(jwt)), None) => Place::Here(jwt.clone()),
        (None, Some(Value::String(endpoint))) => {
            Place::At(parse_endpoint(endpoint)?, access_token(entry)?)
        }
        (Some(_), Some(_)) => return Err(unreadable("it has `JWT` and `endpoint`").into()),
        (None, None) => return Err(unreadable("it has neither `JWT` nor `endpoint`").into()),
        _ => return Err(unreadable("its `JWT` or `endpoint` is not a string").into()),
    };
    Ok(ClaimSource {
        source,
        claims,
        place,
    })
}

fn parse_endpoint(text: &str) -> Result<Url, Error> {
    strict_url::parse(text).map_err(|_| {
        let got = Clipped::without_credentials(text);
        InvalidClaimSource::EndpointForbidden { got }.into()
    })
}

/// RFC 6750 §2.1: what a header can hold.
fn access_token(entry: &Object) -> Result<Option<Secret>, InvalidClaimSource> {
    let Some(value) = entry.get("access_token") else {
        return Ok(None);
    };
    let text = value.as_str().filter(|text| {
        let fits = (1..=MAX_BEARER_TOKEN_BYTES).contains(&text.len());
        fits && text.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let reason = "its `access_token` is none that a header holds";
    let text = text.ok_or(InvalidClaimSource::Unreadable { reason })?;
    Ok(Some(Secret::new(text)))
}
