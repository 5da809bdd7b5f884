//! How the client is registered to get its tokens and userinfo: what signs them, and whether they are encrypted to it.
//! Registration §2.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use relyant_jose::algorithm::SignatureAlgorithm;
use relyant_jose::jwe::{ContentEncryptionAlgorithm, KeyManagementAlgorithm};
use relyant_jose::mac::{MacAlgorithm, MacKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::local_http::LocalUri;
use crate::provider::Provider;

/// The client's registration, with the names of Registration §2; the control endpoint takes them as they are.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResponseAlgorithms {
    /// What signs ID tokens and logout tokens: RS256, or HS256, HS384 or HS512 with the client's secret
    #[arg(long, default_value_t, value_name = "ALG")]
    pub(crate) id_token_signed_response_alg: Signing,
    /// How ID tokens and logout tokens are encrypted to the client
    #[arg(long, value_name = "ALG")]
    id_token_encrypted_response_alg: Option<Algorithm<KeyManagementAlgorithm>>,
    /// And by what; without it, A128CBC-HS256
    #[arg(long, value_name = "ENC", requires = "id_token_encrypted_response_alg")]
    id_token_encrypted_response_enc: Option<Algorithm<ContentEncryptionAlgorithm>>,
    /// What signs userinfo; without it, nothing does
    #[arg(long, value_name = "ALG")]
    pub(crate) userinfo_signed_response_alg: Option<Signing>,
    /// How userinfo is encrypted to the client
    #[arg(long, value_name = "ALG")]
    userinfo_encrypted_response_alg: Option<Algorithm<KeyManagementAlgorithm>>,
    /// And by what; without it, A128CBC-HS256
    #[arg(long, value_name = "ENC", requires = "userinfo_encrypted_response_alg")]
    userinfo_encrypted_response_enc: Option<Algorithm<ContentEncryptionAlgorithm>>,
    /// Where the client publishes the keys to encrypt to, plain http on this computer; without it, where its other keys are
    #[arg(long, value_name = "URI")]
    pub(crate) encryption_jwks_uri: Option<LocalUri>,
}

/// How something is encrypted to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encryption {
    /// How its key travels.
    pub(crate) algorithm: KeyManagementAlgorithm,
    /// How its content is encrypted.
    pub(crate) content: ContentEncryptionAlgorithm,
}

impl ResponseAlgorithms {
    /// Refuses what no registration could say of a client with this secret. Registration §2, RFC 7518 §3.2.
    pub(crate) fn check(&self, secret: &str) -> Result<(), UnusableAlgorithms> {
        let lone = [
            (
                self.id_token_encrypted_response_enc.is_some(),
                self.id_token_encrypted_response_alg.is_some(),
            ),
            (
                self.userinfo_encrypted_response_enc.is_some(),
                self.userinfo_encrypted_response_alg.is_some(),
            ),
        ];
        if lone.contains(&(true, false)) {
            return Err(UnusableAlgorithms::LoneContent);
        }
        let signing = [
            Some(self.id_token_signed_response_alg),
            self.userinfo_signed_response_alg,
        ];
        let short = signing.into_iter().flatten().find_map(|one| match one {
            Signing::Secret(mac) if secret.len() < mac.least_secret_bytes() => Some(mac),
            _ => None,
        });
        match short {
            Some(algorithm) => Err(UnusableAlgorithms::ShortSecret {
                algorithm,
                got: secret.len(),
            }),
            None => Ok(()),
        }
    }

    /// How ID tokens are encrypted, and logout tokens with them. Back-Channel Logout §2.4.
    pub(crate) fn of_id_tokens(&self) -> Option<Encryption> {
        encryption(
            self.id_token_encrypted_response_alg,
            self.id_token_encrypted_response_enc,
        )
    }

    /// How userinfo is encrypted.
    pub(crate) fn of_userinfo(&self) -> Option<Encryption> {
        encryption(
            self.userinfo_encrypted_response_alg,
            self.userinfo_encrypted_response_enc,
        )
    }
}

fn encryption(
    algorithm: Option<Algorithm<KeyManagementAlgorithm>>,
    content: Option<Algorithm<ContentEncryptionAlgorithm>>,
) -> Option<Encryption> {
    // Registration §2: the content's algorithm where none is named.
    let content = content.map_or(ContentEncryptionAlgorithm::A128CbcHs256, |named| named.0);
    algorithm.map(|algorithm| Encryption {
        algorithm: algorithm.0,
        content,
    })
}

/// What signs: the provider's key, or the secret that the client has too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Signing {
    /// The provider's RSA key.
    #[default]
    Rs256,
    /// The client's secret. Core §10.1.
    Secret(MacAlgorithm),
}

impl Signing {
    /// All names, for the metadata.
    pub(crate) fn names() -> Vec<&'static str> {
        let macs = MacAlgorithm::ALL.iter().map(|mac| mac.name());
        std::iter::once(SignatureAlgorithm::Rs256.name())
            .chain(macs)
            .collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => SignatureAlgorithm::Rs256.name(),
            Self::Secret(mac) => mac.name(),
        }
    }

    /// An algorithm with the hash that `at_hash` is made by. Core §3.1.3.6.
    pub(crate) fn hash(self) -> SignatureAlgorithm {
        match self {
            Self::Rs256 | Self::Secret(MacAlgorithm::Hs256) => SignatureAlgorithm::Rs256,
            Self::Secret(MacAlgorithm::Hs384) => SignatureAlgorithm::Rs384,
            Self::Secret(MacAlgorithm::Hs512) => SignatureAlgorithm::Rs512,
        }
    }

    /// The signed token; members of `header` replace or join its usual ones.
    pub(crate) fn sign(
        self,
        provider: &Provider,
        payload: &[u8],
        header: &Map<String, Value>,
    ) -> Result<String, Failure> {
        match self {
            Self::Rs256 => Ok(provider.keys.current().sign(payload, header)?),
            Self::Secret(mac) => {
                let key = MacKey::new(mac, provider.client.secret().as_bytes())?;
                Ok(key.sign(payload, header))
            }
        }
    }
}

impl fmt::Display for Signing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Signing {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let rs256 = (name == Self::Rs256.name()).then_some(Self::Rs256);
        rs256
            .or_else(|| MacAlgorithm::from_name(name).map(Self::Secret))
            .ok_or_else(|| UnknownAlgorithm::new(name, &Self::names()))
    }
}

impl TryFrom<String> for Signing {
    type Error = UnknownAlgorithm;

    fn try_from(name: String) -> Result<Self, UnknownAlgorithm> {
        name.parse()
    }
}

/// An algorithm of encryption, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[serde(bound = "Self: TryFrom<String, Error = UnknownAlgorithm>")]
pub(crate) struct Algorithm<A>(A);

impl FromStr for Algorithm<KeyManagementAlgorithm> {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let known = KeyManagementAlgorithm::from_name(name).map(Self);
        known.ok_or_else(|| UnknownAlgorithm::new(name, &key_management_names()))
    }
}

impl FromStr for Algorithm<ContentEncryptionAlgorithm> {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let known = ContentEncryptionAlgorithm::from_name(name).map(Self);
        known.ok_or_else(|| UnknownAlgorithm::new(name, &content_encryption_names()))
    }
}

impl TryFrom<String> for Algorithm<KeyManagementAlgorithm> {
    type Error = UnknownAlgorithm;

    fn try_from(name: String) -> Result<Self, UnknownAlgorithm> {
        name.parse()
    }
}

impl TryFrom<String> for Algorithm<ContentEncryptionAlgorithm> {
    type Error = UnknownAlgorithm;

    fn try_from(name: String) -> Result<Self, UnknownAlgorithm> {
        name.parse()
    }
}

/// All ways in which a key can travel, for the metadata.
pub(crate) fn key_management_names() -> Vec<&'static str> {
    let all = KeyManagementAlgorithm::ALL.iter();
    all.map(|algorithm| algorithm.name()).collect()
}

/// All ways in which a content can be encrypted, for the metadata.
pub(crate) fn content_encryption_names() -> Vec<&'static str> {
    let all = ContentEncryptionAlgorithm::ALL.iter();
    all.map(|algorithm| algorithm.name()).collect()
}

/// A name that no algorithm has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownAlgorithm {
    got: String,
    expected: String,
}

impl UnknownAlgorithm {
    fn new(got: &str, names: &[&str]) -> Self {
        Self {
            got: got.to_owned(),
            expected: names.join(", "),
        }
    }
}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "expected one of {}, got `{}`",
            self.expected, self.got
        )
    }
}

impl std::error::Error for UnknownAlgorithm {}

/// What no registration could say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnusableAlgorithms {
    /// The content is to be encrypted, and nothing says how its key travels.
    LoneContent,
    /// The secret is shorter than the hash.
    ShortSecret { algorithm: MacAlgorithm, got: usize },
}

impl fmt::Display for UnusableAlgorithms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoneContent => write!(
                formatter,
                "an `encrypted_response_enc` needs the `encrypted_response_alg` of its name"
            ),
            Self::ShortSecret { algorithm, got } => write!(
                formatter,
                "{} needs a client secret of {} bytes, got one of {got}",
                algorithm.name(),
                algorithm.least_secret_bytes()
            ),
        }
    }
}

impl std::error::Error for UnusableAlgorithms {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(members: Value) -> Result<ResponseAlgorithms, String> {
        serde_json::from_value(members).map_err(|error| error.to_string())
    }

    #[test]
    fn a_registration_says_what_it_says_and_no_more() {
        let plain = read(json!({})).unwrap();
        assert_eq!(plain.id_token_signed_response_alg, Signing::Rs256);
        assert_eq!((plain.of_id_tokens(), plain.of_userinfo()), (None, None));
        let full = read(json!({
            "id_token_signed_response_alg": "HS384",
            "id_token_encrypted_response_alg": "ECDH-ES",
            "userinfo_encrypted_response_alg": "dir",
            "userinfo_encrypted_response_enc": "A256GCM",
        }))
        .unwrap();
        assert_eq!(
            full.id_token_signed_response_alg.hash(),
            SignatureAlgorithm::Rs384
        );
        let of = |algorithm, content| Some(Encryption { algorithm, content });
        let (key, content) = (
            KeyManagementAlgorithm::EcdhEs,
            ContentEncryptionAlgorithm::A128CbcHs256,
        );
        assert_eq!(full.of_id_tokens(), of(key, content));
        let (key, content) = (
            KeyManagementAlgorithm::Direct,
            ContentEncryptionAlgorithm::A256Gcm,
        );
        assert_eq!(full.of_userinfo(), of(key, content));
        for (wrong, word) in [
            (
                json!({"id_token_signed_response_alg": "none"}),
                "RS256, HS256, HS384, HS512, got `none`",
            ),
            (
                json!({"userinfo_encrypted_response_alg": "RSA1_5"}),
                "RSA-OAEP-256, ECDH-ES",
            ),
            (
                json!({"userinfo_encrypted_response_enc": "A256CBC"}),
                "A256GCM, got `A256CBC`",
            ),
            (
                json!({"encryption_jwks_uri": "https://sso.example/"}),
                "plain http addresses",
            ),
            (json!({"id_token_alg": "RS256"}), "unknown field"),
        ] {
            let error = read(wrong.clone()).unwrap_err();
            assert!(error.contains(word), "{wrong}: {error}");
        }
    }

    #[test]
    fn what_no_client_could_be_registered_with_is_refused() {
        let check = |members, secret| read(members).unwrap().check(secret);
        let secret = "s".repeat(32);
        assert_eq!(check(json!({}), ""), Ok(()));
        assert_eq!(
            check(json!({"id_token_signed_response_alg": "HS256"}), &secret),
            Ok(())
        );
        let (algorithm, got) = (MacAlgorithm::Hs384, 32);
        assert_eq!(
            check(json!({"userinfo_signed_response_alg": "HS384"}), &secret),
            Err(UnusableAlgorithms::ShortSecret { algorithm, got })
        );
        for name in [
            "id_token_encrypted_response_enc",
            "userinfo_encrypted_response_enc",
        ] {
            assert_eq!(
                check(json!({name: "A256GCM"}), &secret),
                Err(UnusableAlgorithms::LoneContent),
                "{name}"
            );
        }
    }
}
