//! What all requests share: the client, the keys, the people, the memory and the misbehaviours.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::keys::Keys;
use crate::local_http::LocalUri;
use crate::logout_session::LogoutSession;
use crate::misbehaviour::Misbehaviours;
use crate::people::People;
use crate::pushed_authorization::PushedAuthorization;
use crate::response_algorithms::ResponseAlgorithms;
use crate::store::Store;

/// The realm's path; Keycloak's issuers have it behind their origin.
pub(crate) const REALM: &str = "/realms/brewery";

/// The provider as every handler gets it.
pub(crate) type Shared = Arc<Provider>;

/// The running provider.
pub(crate) struct Provider {
    /// Scheme, address and port, such as `http://127.0.0.1:8080`.
    pub(crate) origin: String,
    /// The port, which tells the session cookies of several providers on one address apart.
    pub(crate) port: u16,
    /// The registered client.
    pub(crate) client: Client,
    /// The signing keys.
    pub(crate) keys: Keys,
    at_start: Changeable,
    now: Mutex<Changeable>,
    store: Mutex<Store>,
    requests: Mutex<BTreeMap<Endpoint, u64>>,
}

/// What the control endpoint changes.
#[derive(Debug, Clone)]
pub(crate) struct Changeable {
    /// The people.
    pub(crate) people: People,
    /// What is switched on.
    pub(crate) misbehaviours: Misbehaviours,
    /// Whether requests may or must be pushed.
    pub(crate) pushed_authorization: PushedAuthorization,
    /// Whether a refresh token is good for one use. RFC 9700 §4.14.2.
    pub(crate) rotates_refresh_tokens: bool,
    /// Where logout tokens of the client go. Back-Channel Logout §2.2.
    pub(crate) backchannel_logout_uri: Option<LocalUri>,
    /// The client's page for the frame of a logout. Front-Channel Logout §2.
    pub(crate) frontchannel_logout_uri: Option<LocalUri>,
    /// Whether the client hears which session has ended.
    pub(crate) logout_session: LogoutSession,
    /// Where the client publishes its public keys; set, it shows who it is by `private_key_jwt` alone.
    pub(crate) client_jwks_uri: Option<LocalUri>,
    /// How the client gets its tokens and userinfo.
    pub(crate) response_algorithms: ResponseAlgorithms,
}

impl Provider {
    /// Puts the provider together; `origin` is where it listens.
    pub(crate) fn new(
        origin: String,
        port: u16,
        client: Client,
        keys: Keys,
        at_start: Changeable,
    ) -> Self {
        Self {
            origin,
            port,
            client,
            keys,
            now: Mutex::new(at_start.clone()),
            at_start,
            store: Mutex::default(),
            requests: Mutex::default(),
        }
    }

    /// The issuer identifier.
    pub(crate) fn issuer(&self) -> String {
        format!("{}{REALM}", self.origin)
    }

    /// The people as they are now.
    pub(crate) fn people(&self) -> People {
        lock(&self.now).people.clone()
    }

    /// What is switched on now.
    pub(crate) fn misbehaviours(&self) -> Misbehaviours {
        lock(&self.now).misbehaviours.clone()
    }

    /// What the metadata says now about pushed requests.
    pub(crate) fn pushed_authorization(&self) -> PushedAuthorization {
        lock(&self.now).pushed_authorization
    }

    /// Whether a refresh token is good for one use now.
    pub(crate) fn rotates_refresh_tokens(&self) -> bool {
        lock(&self.now).rotates_refresh_tokens
    }

    /// Where logout tokens of the client go now.
    pub(crate) fn backchannel_logout_uri(&self) -> Option<LocalUri> {
        lock(&self.now).backchannel_logout_uri.clone()
    }

    /// The client's page for the frame of a logout now.
    pub(crate) fn frontchannel_logout_uri(&self) -> Option<LocalUri> {
        lock(&self.now).frontchannel_logout_uri.clone()
    }

    /// Whether the client hears now which session has ended.
    pub(crate) fn logout_session(&self) -> LogoutSession {
        lock(&self.now).logout_session
    }

    /// Where the client publishes its public keys now.
    pub(crate) fn client_jwks_uri(&self) -> Option<LocalUri> {
        lock(&self.now).client_jwks_uri.clone()
    }

    /// How the client gets its tokens and userinfo now.
    pub(crate) fn response_algorithms(&self) -> ResponseAlgorithms {
        lock(&self.now).response_algorithms.clone()
    }

    /// What the control endpoint may change.
    pub(crate) fn changeable(&self) -> MutexGuard<'_, Changeable> {
        lock(&self.now)
    }

    /// Sessions, codes and tokens.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    /// Counts one request.
    pub(crate) fn count(&self, endpoint: Endpoint) {
        *lock(&self.requests).entry(endpoint).or_default() += 1;
    }

    /// How often each endpoint was called.
    pub(crate) fn requests(&self, endpoint: Endpoint) -> u64 {
        lock(&self.requests)
            .get(&endpoint)
            .copied()
            .unwrap_or_default()
    }

    /// Everything as at the start, but for the keys.
    pub(crate) fn reset(&self) {
        *lock(&self.now) = self.at_start.clone();
        *lock(&self.store) = Store::default();
        lock(&self.requests).clear();
    }
}

/// A panic elsewhere leaves plain data behind, so a poisoned lock is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
