//! From a token's text to claims whose author is known: the signature of the issuer, or the MAC of the client secret.
//!
//! ID tokens and logout tokens are authenticated alike (Back-Channel Logout §2.4), by algorithms that are chosen here and never
//! by the token (Core §3.1.3.7 (7), RFC 8725 §3.1).

use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::json::{self, JsonError, Object};
use relyant_jose::jwk_set::JwkSet;
use relyant_jose::jws::{JwsError, UnverifiedJws, VerifiedJws};
use relyant_jose::mac::{MacAlgorithm, MacKey, MacKeys, VerifiedMac};

use crate::Error;
use crate::error::{Clipped, Configuration, Incompatible, SignatureFault};
use crate::provider_metadata::ProviderMetadata;
use crate::registration::ClientRegistration;
use crate::secret::Secret;

/// A token whose author is known: the receipt without which there are no claims.
pub(crate) struct AuthenticJwt {
    hash: SignatureAlgorithm,
    typ: Option<String>,
    payload: Vec<u8>,
}

impl AuthenticJwt {
    fn signed(jws: &VerifiedJws) -> Self {
        Self {
            hash: jws.header().algorithm,
            typ: jws.header().typ.clone(),
            payload: jws.payload().to_vec(),
        }
    }

    fn authenticated(mac: &VerifiedMac, algorithm: MacAlgorithm) -> Self {
        Self {
            hash: hash_of(algorithm),
            typ: mac.typ().map(str::to_owned),
            payload: mac.payload().to_vec(),
        }
    }

    /// The header's type, as it was written.
    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// An algorithm whose hash is the one that `at_hash` is made with. Core §3.1.3.6.
    pub(crate) fn hash(&self) -> SignatureAlgorithm {
        self.hash
    }

    /// The claims: one strict JSON object. RFC 7519 §7.2 (10).
    pub(crate) fn claims(&self) -> Result<Object, JsonError> {
        json::parse_object(&self.payload)
    }
}

/// Verifies an ID token or a logout token: by the issuer's keys, or by the client secret where that alone was registered.
///
/// Core §3.1.3.7 (6) to (8). A client that expects a MAC takes no signature, and the other way round: no public key can be
/// taken for a secret (RFC 8725 §2.1).
pub(crate) fn verify<E>(
    token: &str,
    keys: &JwkSet,
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<AuthenticJwt, Error>
where
    E: From<SignatureFault> + Into<Error>,
{
    check_algorithms(metadata, registration)?;
    let Some(algorithm) = registration.id_token_mac_algorithm else {
        let allowed = allowed_algorithms(metadata, registration)?;
        return verify_signed::<E>(token, keys, &allowed);
    };
    MacKeys::from(mac_key(registration, algorithm)?)
        .verify(token)
        .map(|mac| AuthenticJwt::authenticated(&mac, algorithm))
        .map_err(|error| refused::<E>(error, &[algorithm.name()]))
}

/// Verifies a JWT that the issuer's keys alone may have signed, by one of `allowed`.
pub(crate) fn verify_signed<E>(
    token: &str,
    keys: &JwkSet,
    allowed: &[SignatureAlgorithm],
) -> Result<AuthenticJwt, Error>
where
    E: From<SignatureFault> + Into<Error>,
{
    UnverifiedJws::parse(token)
        .and_then(|jws| jws.verify(keys, allowed))
        .map(|jws| AuthenticJwt::signed(&jws))
        .map_err(|error| {
            let names: Vec<_> = allowed.iter().map(|one| one.name()).collect();
            refused::<E>(error, &names)
        })
}

/// The error of the token that it is, which names the algorithms that count.
fn refused<E>(error: JwsError, algorithms: &[&str]) -> Error
where
    E: From<SignatureFault> + Into<Error>,
{
    let algorithms = Clipped::new(&algorithms.join(" "));
    E::from(SignatureFault { error, algorithms }).into()
}

/// Whether an ID token of this provider can be verified at all, which is found before anybody signs in.
pub(crate) fn check_algorithms(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<(), Error> {
    let Some(algorithm) = registration.id_token_mac_algorithm else {
        return Ok(allowed_algorithms(metadata, registration).map(drop)?);
    };
    let offered = metadata.signature_algorithm_names().unwrap_or_default();
    if offered.iter().any(|name| name == algorithm.name()) {
        return Ok(());
    }
    Err(no_algorithm(metadata).into())
}

/// The algorithms of the metadata, narrowed to the registered ones where there are some.
pub(crate) fn allowed_algorithms(
    metadata: &ProviderMetadata,
    registration: &ClientRegistration,
) -> Result<Vec<SignatureAlgorithm>, Incompatible> {
    let mut allowed = metadata.signature_algorithms();
    if let Some(registered) = &registration.id_token_algorithms {
        allowed.retain(|algorithm| algorithm.is_among(registered));
    }
    if allowed.is_empty() {
        return Err(no_algorithm(metadata));
    }
    Ok(allowed)
}

fn no_algorithm(metadata: &ProviderMetadata) -> Incompatible {
    let offered = metadata.signature_algorithm_names().unwrap_or_default();
    Incompatible::NoSignatureAlgorithm {
        got: Clipped::new(&offered.join(" ")),
    }
}

/// The client's secret as a key for ID tokens. Core §3.1.3.7 (8).
pub(crate) fn mac_key(
    registration: &ClientRegistration,
    algorithm: MacAlgorithm,
) -> Result<MacKey, Configuration> {
    let secret = registration.client_secret.as_ref();
    key_of_secret(secret.ok_or(Configuration::ClientSecretMissing)?, algorithm)
}

/// A secret as a key: its UTF-8 octets, long enough for the hash. Core §10.1, RFC 7518 §3.2.
pub(crate) fn key_of_secret(
    secret: &Secret,
    algorithm: MacAlgorithm,
) -> Result<MacKey, Configuration> {
    let (bytes, least) = (secret.expose().len(), algorithm.least_secret_bytes());
    MacKey::new(algorithm, secret.expose().as_bytes()).map_err(|_| {
        Configuration::ClientSecretTooShort {
            algorithm: algorithm.name(),
            bytes,
            least,
        }
    })
}

/// The signature algorithm with the hash of this MAC. RFC 7518 §3.1.
fn hash_of(algorithm: MacAlgorithm) -> SignatureAlgorithm {
    match algorithm {
        MacAlgorithm::Hs256 => SignatureAlgorithm::Rs256,
        MacAlgorithm::Hs384 => SignatureAlgorithm::Rs384,
        MacAlgorithm::Hs512 => SignatureAlgorithm::Rs512,
    }
}
