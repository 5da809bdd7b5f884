//! The login transaction: what one login remembers between its start and its callback.

use std::fmt;

use relyant_jose::{base64url, derive, digest};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::demands::Demands;
use super::pkce::CodeVerifier;
use crate::clock::UnixTime;
use crate::{Error, error};

/// The value that ties a callback to the browser that started the login. Core §3.1.2.1, `state`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State(String);

impl State {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        state.0
    }
}

/// The value that ties an ID token to the login that asked for it. Core §3.1.2.1, `nonce`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// The text, as it stands in the authorization request.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` is this nonce, in constant time.
    pub(crate) fn matches(&self, text: &str) -> bool {
        digest::constant_time_eq(self.0.as_bytes(), text.as_bytes())
    }
}

/// One login under way. The caller keeps it, sealed, in the browser that started it.
///
/// State, nonce and code verifier are derived from one seed of 256 bits under three labels, so that
/// none tells anything about another. `Debug` redacts the seed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct LoginTransaction {
    seed: [u8; 32],
    started_at: i64,
    #[zeroize(skip)]
    demands: Demands,
}

/// The form of the bytes; another form gets another number.
const VERSION: u8 = 1;

impl LoginTransaction {
    /// A login that starts now, from a seed that is fresh from the operating system's randomness.
    pub fn begin(seed: [u8; 32], now: UnixTime) -> Self {
        Self {
            seed,
            started_at: now.0,
            demands: Demands::default(),
        }
    }

    /// The same login, whose answer is held to `demands`.
    #[must_use]
    pub fn demanding(mut self, demands: Demands) -> Self {
        self.demands = demands;
        self
    }

    /// What the answer is held to.
    pub(crate) fn demands(&self) -> &Demands {
        &self.demands
    }

    /// The state of this login.
    pub fn state(&self) -> State {
        State(self.derived("relyant login state"))
    }

    /// The nonce of this login.
    pub fn nonce(&self) -> Nonce {
        Nonce(self.derived("relyant login nonce"))
    }

    /// The code verifier of this login.
    pub(crate) fn code_verifier(&self) -> CodeVerifier {
        CodeVerifier::from_octets(&derive::expand(&self.seed, "relyant login code verifier"))
    }

    /// When the login was started.
    pub(crate) fn started_at(&self) -> UnixTime {
        UnixTime(self.started_at)
    }

    /// The login as 41 bytes, version, seed and start, and what it demands behind them. They are secret: seal them.
    pub fn to_bytes(&self) -> Vec<u8> {
        [
            &[VERSION],
            self.seed.as_slice(),
            &self.started_at.to_be_bytes(),
            &self.demands.to_bytes(),
        ]
        .concat()
    }

    /// The login that [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes).ok_or_else(|| error::Transaction::Unreadable.into())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (seed, rest) = rest.split_first_chunk::<32>()?;
        let (started_at, demands) = rest.split_first_chunk::<8>()?;
        let demands = Demands::from_bytes(demands)?;
        (*version == VERSION).then_some(Self {
            seed: *seed,
            started_at: i64::from_be_bytes(*started_at),
            demands,
        })
    }

    fn derived(&self, label: &str) -> String {
        base64url::encode(&derive::expand(&self.seed, label))
    }
}

impl fmt::Debug for LoginTransaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginTransaction")
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    // AR-05
    #[test]
    fn state_nonce_and_verifier_are_256_bits_and_never_repeat() {
        let mut texts = BTreeSet::new();
        for number in 0_u64..2_000 {
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&number.to_le_bytes());
            let login = LoginTransaction::begin(seed, UnixTime(0));
            for text in [
                login.state().into(),
                login.nonce().0,
                login.code_verifier().expose().to_owned(),
            ] {
                assert_eq!(base64url::decode(&text).unwrap().len(), 32);
                assert!(texts.insert(text));
            }
        }
    }

    #[test]
    fn one_seed_always_gives_the_same_login() {
        let login = LoginTransaction::begin([7; 32], UnixTime(1_800_000_000));
        let again = LoginTransaction::from_bytes(&login.to_bytes()).unwrap();
        assert_eq!(again, login);
        assert_eq!(again.state(), login.state());
        assert_eq!(again.started_at(), UnixTime(1_800_000_000));
    }

    #[test]
    fn what_it_demands_is_kept_behind_it() {
        let demands = Demands {
            max_age: Some(300),
            acr_values: vec!["gold".to_owned()],
            ..Demands::default()
        };
        let login = LoginTransaction::begin([7; 32], UnixTime(1)).demanding(demands.clone());
        let again = LoginTransaction::from_bytes(&login.to_bytes()).unwrap();
        assert_eq!(again.demands(), &demands);
        assert_eq!(again, login);
    }

    #[test]
    fn bytes_of_another_form_are_unreadable() {
        let bytes = LoginTransaction::begin([7; 32], UnixTime(1)).to_bytes();
        assert_eq!(bytes.len(), 41);
        let longer = [bytes.as_slice(), &[0]].concat();
        let other_version = [&[2], &bytes[1..]].concat();
        for bytes in [&[], &bytes[..40], &longer, &other_version] {
            assert_eq!(
                LoginTransaction::from_bytes(bytes),
                Err(error::Transaction::Unreadable.into())
            );
        }
    }

    // OP-01
    #[test]
    fn debug_shows_no_seed() {
        let shown = format!("{:?}", LoginTransaction::begin([0xAB; 32], UnixTime(5)));
        assert_eq!(shown, "LoginTransaction { started_at: 5, .. }");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(login) = LoginTransaction::from_bytes(&bytes) {
                prop_assert_eq!(login.to_bytes(), bytes);
            }
        }
    }
}
