//! The provider's keys, bound to the issuer that published them.

use std::collections::BTreeMap;
use std::fmt;

use relyant_jose::json::{self, Object, Value};
use relyant_jose::jwk_set::JwkSet;

use crate::Error;
use crate::error::{Clipped, Misbehaved, Misuse};
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::issuer::Issuer;
use crate::provider_metadata::ProviderMetadata;
use crate::unverified::said_claims;

/// The keys of one issuer, which verify nothing of another. RFC 8725 §3.8.
#[derive(Debug)]
pub struct IssuerKeys {
    issuer: Issuer,
    keys: JwkSet,
    /// Where the issuer is for several tenants: the keys for each one's issuer.
    of_tenants: BTreeMap<String, JwkSet>,
}

impl IssuerKeys {
    fn receipt(issuer: Issuer, keys: JwkSet, of_tenants: BTreeMap<String, JwkSet>) -> Self {
        Self {
            issuer,
            keys,
            of_tenants,
        }
    }

    /// The keys for one signed token of `issuer`: those of its tenant, where the issuer is for several.
    ///
    /// What the token says of itself chooses the keys, and is believed once they have verified it.
    pub(crate) fn of_token(&self, issuer: &Issuer, token: &str) -> Result<&JwkSet, Error> {
        let keys = self.of(issuer)?;
        if self.of_tenants.is_empty() {
            return Ok(keys);
        }
        let said = said_claims(token).unwrap_or_default();
        let issuer = said.get("iss").and_then(Value::as_str);
        Ok(issuer
            .and_then(|issuer| self.of_tenants.get(issuer))
            .unwrap_or(keys))
    }

    /// The keys, for tokens of `issuer` alone.
    pub(crate) fn of(&self, issuer: &Issuer) -> Result<&JwkSet, Error> {
        if self.issuer == *issuer {
            Ok(&self.keys)
        } else {
            Err(Misuse::KeysOfAnotherIssuer.into())
        }
    }
}

/// The media types that JWK Sets are served with: the registered one, and plain JSON, which most
/// providers use. RFC 7517 §8.5.1.
const JWK_SET: &[&str] = &["application/jwk-set+json", "application/json"];

/// The request for the provider's JWK Set. Discovery §3, `jwks_uri`.
pub fn jwks_request(metadata: &ProviderMetadata) -> HttpRequest {
    HttpRequest::get(metadata.jwks_uri())
}

/// The keys in the answer; unusable ones beside usable ones are skipped. RFC 7517 §5.
pub fn process_jwks_response(
    metadata: &ProviderMetadata,
    response: &HttpResponse,
) -> Result<IssuerKeys, Error> {
    read_keys(metadata.issuer(), response)
}

/// The keys in an answer from where `issuer` publishes them. RFC 7517 §5.
pub(crate) fn read_keys(issuer: &Issuer, response: &HttpResponse) -> Result<IssuerKeys, Error> {
    response.check(Endpoint::JwkSet, JWK_SET)?;
    let Some(tenants) = issuer.tenants() else {
        let keys = parse(&response.body)?;
        return Ok(IssuerKeys::receipt(issuer.clone(), keys, BTreeMap::new()));
    };
    let document = json::parse_object(&response.body).map_err(invalid)?;
    let for_all = parse(&restricted(&document, &[tenants.template()]))?;
    let mut of_tenants = BTreeMap::new();
    for own in tenants.issuers() {
        let keys = parse(&restricted(&document, &[tenants.template(), &own]))?;
        of_tenants.insert(own, keys);
    }
    Ok(IssuerKeys::receipt(issuer.clone(), for_all, of_tenants))
}

fn parse(bytes: &[u8]) -> Result<JwkSet, Misbehaved> {
    JwkSet::parse(bytes).map_err(invalid)
}

fn invalid(error: impl fmt::Display) -> Misbehaved {
    Misbehaved::JwkSetInvalid {
        reason: Clipped::new(&error.to_string()),
    }
}

/// The set without the keys that name an issuer beside these: such a key is for that issuer alone.
fn restricted(document: &Object, issuers: &[&str]) -> Vec<u8> {
    let counts = |key: &Value| match key.get("issuer") {
        None => true,
        Some(said) => said.as_str().is_some_and(|said| issuers.contains(&said)),
    };
    let mut document = document.clone();
    if let Some(Value::Array(keys)) = document.get_mut("keys") {
        keys.retain(counts);
    }
    Value::Object(document).to_string().into_bytes()
}
