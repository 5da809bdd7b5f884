//! Keeps one document of the provider, fresh, and fetched by one request at a time.
//!
//! Younger than its lifetime it is served as it is. In the last fifth of the lifetime one request renews it while the others
//! go on with it. Past the lifetime all wait for the one that fetches; only if the provider fails is the old one served,
//! for another day. Without one, all wait for the one that fetches and share its answer, also if that is an error.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use relyant_oidc::Error;
use relyant_oidc::http::HttpResponse;

use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::limits::{
    DEFAULT_FRESH, MAX_FRESH, MAX_STALE, MIN_FRESH, RENEWAL_PAUSE, UNKNOWN_KID_PAUSE,
};

/// A document that was fetched and checked, and how long it may be believed.
#[derive(Debug)]
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    pub(crate) lifetime: Duration,
}

/// One document of the provider.
pub(crate) struct Cached<T> {
    state: Mutex<State<T>>,
    /// Notified whenever a fetch ends.
    ended: Condvar,
}

struct State<T> {
    kept: Option<Kept<T>>,
    fetching: bool,
    /// How many fetches have ended: a waiter sees by it that its own has.
    ended: u64,
    /// The last fetch, if it failed.
    failed: Option<Failed>,
    /// A failure that the old document bridged, until it is taken.
    bridged: Option<Error>,
    /// When a token with an unknown `kid` last caused a fetch.
    asked_for_unknown: Option<Instant>,
}

/// A fetch that failed.
struct Failed {
    error: Error,
    /// Until then a renewal isn't tried again.
    paused_until: Instant,
}

struct Kept<T> {
    value: Arc<T>,
    renew_at: Instant,
    fresh_until: Instant,
    stale_until: Instant,
}

/// What a request is to do.
enum Turn<T> {
    Serve(Arc<T>),
    Fetch,
    Wait,
}

impl<T> Cached<T> {
    /// Nothing fetched yet.
    pub(crate) fn new() -> Self {
        let state = State {
            kept: None,
            fetching: false,
            ended: 0,
            failed: None,
            bridged: None,
            asked_for_unknown: None,
        };
        Self {
            state: Mutex::new(state),
            ended: Condvar::new(),
        }
    }

    /// The document, from here or by `fetch`.
    ///
    /// A renewal, which has the old document to fall back on, may take half of the time left. `late` makes the error of
    /// a request that waited for another's fetch until its own deadline.
    pub(crate) fn get(
        &self,
        clock: &dyn Clock,
        deadline: Deadline,
        late: impl FnOnce() -> Error,
        fetch: impl FnOnce(Deadline) -> Result<Fetched<T>, Error>,
    ) -> Result<Arc<T>, Error> {
        let mut state = self.lock();
        loop {
            match state.turn(clock.monotonic()) {
                Turn::Serve(value) => return Ok(value),
                Turn::Fetch => return self.fetch(state, clock, deadline, fetch),
                Turn::Wait => match self.wait(state, deadline) {
                    Some(woken) => state = woken,
                    None => return Err(late()),
                },
            }
            if let Some(answer) = state.answer_of_ended_fetch(clock.monotonic()) {
                return answer;
            }
        }
    }

    /// A document other than `known`, for a token with an unknown `kid`; `None` where there is none now.
    ///
    /// However many such tokens come, they cause one fetch each 30 seconds at most. Core §10.1.1.
    pub(crate) fn renew_for_unknown(
        &self,
        known: &Arc<T>,
        clock: &dyn Clock,
        deadline: Deadline,
        fetch: impl FnOnce(Deadline) -> Result<Fetched<T>, Error>,
    ) -> Result<Option<Arc<T>>, Error> {
        let mut state = self.lock();
        while state.fetching {
            match self.wait(state, deadline) {
                Some(woken) => state = woken,
                None => return Ok(None),
            }
        }
        if let Some(other) = state.kept_value().filter(|kept| !Arc::ptr_eq(kept, known)) {
            return Ok(Some(other));
        }
        let now = clock.monotonic();
        if state
            .asked_for_unknown
            .is_some_and(|asked| now < asked + UNKNOWN_KID_PAUSE)
        {
            return Ok(None);
        }
        state.asked_for_unknown = Some(now);
        let turn = FetchTurn::begin(self, state);
        turn.end(clock, fetch(deadline)).map(Some)
    }

    /// The last failure that the old document bridged, once.
    pub(crate) fn take_bridged(&self) -> Option<Error> {
        self.lock().bridged.take()
    }

    fn fetch(
        &self,
        state: MutexGuard<'_, State<T>>,
        clock: &dyn Clock,
        deadline: Deadline,
        fetch: impl FnOnce(Deadline) -> Result<Fetched<T>, Error>,
    ) -> Result<Arc<T>, Error> {
        let fallback = state.servable(clock.monotonic());
        let turn = FetchTurn::begin(self, state);
        match fallback {
            Some(value) => Ok(turn
                .end(clock, fetch(deadline.half()))
                .unwrap_or_else(|error| {
                    self.lock().bridged = Some(error);
                    value
                })),
            None => turn.end(clock, fetch(deadline)),
        }
    }

    /// Waits until the fetch that is under way has ended; `None` where the deadline comes first.
    fn wait<'a>(
        &'a self,
        state: MutexGuard<'a, State<T>>,
        deadline: Deadline,
    ) -> Option<MutexGuard<'a, State<T>>> {
        let awaited = state.ended;
        let left = deadline.remaining()?;
        let (state, result) = self
            .ended
            .wait_timeout_while(state, left, |state| {
                state.fetching && state.ended == awaited
            })
            .unwrap_or_else(PoisonError::into_inner);
        (!result.timed_out()).then_some(state)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn turn(&self, now: Instant) -> Turn<T> {
        let paused = self
            .failed
            .as_ref()
            .is_some_and(|failed| now < failed.paused_until);
        match &self.kept {
            Some(kept) if now < kept.renew_at => Turn::Serve(Arc::clone(&kept.value)),
            Some(kept) if now < kept.fresh_until && (self.fetching || paused) => {
                Turn::Serve(Arc::clone(&kept.value))
            }
            // The provider is known to fail: nobody waits for the one who looks whether it still does.
            Some(kept)
                if now < kept.stale_until
                    && (paused || (self.fetching && self.failed.is_some())) =>
            {
                Turn::Serve(Arc::clone(&kept.value))
            }
            _ if self.fetching => Turn::Wait,
            _ => Turn::Fetch,
        }
    }

    /// What a request that waited gets: the old document or the error, if the fetch failed; `None` if it didn't.
    fn answer_of_ended_fetch(&self, now: Instant) -> Option<Result<Arc<T>, Error>> {
        let failed = self.failed.as_ref()?;
        Some(self.servable(now).ok_or_else(|| failed.error.clone()))
    }

    fn servable(&self, now: Instant) -> Option<Arc<T>> {
        self.kept
            .as_ref()
            .filter(|kept| now < kept.stale_until)
            .map(|kept| Arc::clone(&kept.value))
    }

    fn kept_value(&self) -> Option<Arc<T>> {
        self.kept.as_ref().map(|kept| Arc::clone(&kept.value))
    }
}

/// The one fetch that is under way. Dropped without an end, as by a panic, it lets the next one begin.
struct FetchTurn<'a, T> {
    cached: &'a Cached<T>,
}

impl<'a, T> FetchTurn<'a, T> {
    fn begin(cached: &'a Cached<T>, mut state: MutexGuard<'_, State<T>>) -> Self {
        state.fetching = true;
        Self { cached }
    }

    fn end(self, clock: &dyn Clock, fetched: Result<Fetched<T>, Error>) -> Result<Arc<T>, Error> {
        let now = clock.monotonic();
        let mut state = self.cached.lock();
        match fetched {
            Ok(Fetched { value, lifetime }) => {
                let value = Arc::new(value);
                state.failed = None;
                state.kept = Some(Kept {
                    value: Arc::clone(&value),
                    renew_at: now + lifetime * 4 / 5,
                    fresh_until: now + lifetime,
                    stale_until: now + lifetime + MAX_STALE,
                });
                Ok(value)
            }
            Err(error) => {
                state.failed = Some(Failed {
                    error: error.clone(),
                    paused_until: now + RENEWAL_PAUSE,
                });
                Err(error)
            }
        }
    }
}

impl<T> Drop for FetchTurn<'_, T> {
    fn drop(&mut self) {
        let mut state = self.cached.lock();
        state.fetching = false;
        state.ended = state.ended.wrapping_add(1);
        drop(state);
        self.cached.ended.notify_all();
    }
}

/// How long an answer may be believed: what is left of its `max-age`, within 5 minutes and 24 hours.
///
/// `no-store` and `no-cache` are read as 5 minutes. RFC 9111 §4.2 and §5.2.2.
pub(crate) fn lifetime(response: &HttpResponse) -> Duration {
    let Some(cache_control) = response.cache_control.as_deref() else {
        return DEFAULT_FRESH;
    };
    let directives = || {
        cache_control
            .split(',')
            .map(|directive| directive.trim().to_ascii_lowercase())
    };
    if directives().any(|directive| directive == "no-store" || directive == "no-cache") {
        return MIN_FRESH;
    }
    let max_age = directives().find_map(|directive| {
        directive
            .strip_prefix("max-age=")
            .and_then(|seconds| seconds.trim_matches('"').parse().ok())
    });
    let age = response
        .age
        .as_deref()
        .and_then(|age| age.trim().parse().ok())
        .unwrap_or(0);
    let left = |max_age: u64| Duration::from_secs(max_age.saturating_sub(age));
    max_age
        .map_or(DEFAULT_FRESH, left)
        .clamp(MIN_FRESH, MAX_FRESH)
}
