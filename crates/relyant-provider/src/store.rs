//! What the provider remembers: sessions, codes, access tokens and the ID tokens it issued.

use relyant_jose::digest::sha256;

use crate::authorization_request::AuthorizationRequest;
use crate::issued_tokens::IssuedTokens;
use crate::shelf::Shelf;

/// How long a code may be redeemed, in seconds. RFC 6749 §4.1.2 recommends ten minutes at most; Keycloak takes one.
pub(crate) const CODE_LIFETIME: i64 = 60;
/// How long a pushed request waits for its browser, in seconds. RFC 9126 §2.2 has 5 to 600; Keycloak takes 60.
pub(crate) const PUSHED_LIFETIME: i64 = 60;
/// How long an access token and an ID token are valid, in seconds; Keycloak's default.
pub(crate) const TOKEN_LIFETIME: i64 = 300;
/// How long a provider session lives, in seconds; Keycloak's "SSO Session Max".
pub(crate) const SESSION_LIFETIME: i64 = 36_000;

/// A person's session at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// The session id of the tokens.
    pub(crate) sid: String,
    /// The person's name.
    pub(crate) person: String,
    /// When she signed in.
    pub(crate) auth_time: i64,
    /// How she signed in, as an authentication context class. Core §2, `acr`.
    pub(crate) acr: String,
}

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The session that it belongs to.
    pub(crate) session: Session,
    /// Where the code was sent; the token request must repeat it.
    pub(crate) redirect_uri: String,
    /// The S256 code challenge.
    pub(crate) code_challenge: String,
    /// The nonce of the authorization request.
    pub(crate) nonce: Option<String>,
    /// The granted scope.
    pub(crate) scope: String,
    /// The claim `acr`. Where nobody asked: `1` after a fresh sign-in, `0` where the session spared it, as Keycloak
    /// says it.
    pub(crate) acr: String,
    /// Claims of the person that the ID token shall have, too. Core §5.5.
    pub(crate) asked_claims: Vec<String>,
    /// The audience of the access token. RFC 8707 §2.
    pub(crate) resources: Vec<String>,
}

impl Grant {
    /// Whether the scope has `openid`, without which it is OAuth alone. Core §3.1.2.1.
    pub(crate) fn asks_for_openid(&self) -> bool {
        self.scope.split(' ').any(|value| value == "openid")
    }
}

/// Why a code gets no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeRefusal {
    /// Never issued, or forgotten.
    Unknown,
    /// Redeemed before; its tokens are withdrawn. RFC 6749 §4.1.2.
    Used,
    /// Older than [`CODE_LIFETIME`].
    Expired,
}

/// Everything that is remembered while the provider runs; nothing outlives it.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Cookie value → session.
    sessions: Shelf<Session>,
    /// Request URI → the request behind it.
    pushed: Shelf<PushedRequest>,
    codes: Shelf<IssuedCode>,
    /// Access tokens and refresh tokens.
    pub(crate) tokens: IssuedTokens,
    /// SHA-256 of an issued ID token → its session id.
    id_tokens: Shelf<String>,
    /// Access token of distributed claims → whose they are.
    pub(crate) claims_tokens: Shelf<String>,
    /// The `jti` of each client assertion that was taken.
    assertions: Shelf<()>,
}

#[derive(Debug)]
struct PushedRequest {
    request: AuthorizationRequest,
    pushed_at: i64,
    is_shown: bool,
}

#[derive(Debug)]
struct IssuedCode {
    grant: Grant,
    issued_at: i64,
    used: bool,
}

impl Store {
    /// Whether no client assertion of this `jti` came before; from now on one has. RFC 7523 §3 (7).
    pub(crate) fn use_assertion(&mut self, jti: String) -> bool {
        let is_new = self.assertions.get(&jti).is_none();
        self.assertions.put(jti, ());
        is_new
    }

    /// Remembers a session under the value of its cookie.
    pub(crate) fn open_session(&mut self, cookie: String, session: Session) {
        self.sessions.put(cookie, session);
    }

    /// The session of a cookie, unless it is too old.
    pub(crate) fn session(&self, cookie: &str, now: i64) -> Option<Session> {
        self.sessions
            .get(cookie)
            .filter(|session| now < session.auth_time + SESSION_LIFETIME)
            .cloned()
    }

    /// A person's sessions, those that are too old included.
    pub(crate) fn sessions_of(&self, person: &str) -> Vec<Session> {
        let sessions = self.sessions.values();
        let of_person = sessions.filter(|session| session.person == person);
        of_person.cloned().collect()
    }

    /// Ends a session by its id, and its tokens with it; the session, if there was one.
    pub(crate) fn end_session(&mut self, sid: &str) -> Option<Session> {
        let ended = self.sessions.values().find(|session| session.sid == sid);
        let ended = ended.cloned();
        self.sessions.retain(|session| session.sid != sid);
        self.tokens.end_session(sid);
        ended
    }

    /// Lets every session be older by so many seconds, as if that time had passed.
    pub(crate) fn age_sessions(&mut self, seconds: i64) {
        for session in self.sessions.values_mut() {
            session.auth_time -= seconds;
        }
    }

    /// Remembers a pushed request.
    pub(crate) fn push_request(&mut self, uri: String, request: AuthorizationRequest, now: i64) {
        let pushed = PushedRequest {
            request,
            pushed_at: now,
            is_shown: false,
        };
        self.pushed.put(uri, pushed);
    }

    /// The request behind a request URI, once: from now on only the page that is shown for it leads on.
    pub(crate) fn show_pushed(&mut self, uri: &str, now: i64) -> Option<AuthorizationRequest> {
        let pushed = self.pushed.get_mut(uri)?;
        if pushed.is_shown || !pushed.is_fresh(now) {
            return None;
        }
        pushed.is_shown = true;
        Some(pushed.request.clone())
    }

    /// The request whose page is shown; or a fresh one, by whoever doesn't need to see the page.
    pub(crate) fn shown_pushed(&self, uri: &str, now: i64) -> Option<AuthorizationRequest> {
        let pushed = self.pushed.get(uri)?;
        (pushed.is_shown || pushed.is_fresh(now)).then(|| pushed.request.clone())
    }

    /// Forgets a pushed request that was answered. RFC 9126 §4: it is used once.
    pub(crate) fn forget_pushed(&mut self, uri: &str) {
        self.pushed.remove(uri);
    }

    /// Remembers a code.
    pub(crate) fn issue_code(&mut self, code: String, grant: Grant, now: i64) {
        self.codes.put(
            code,
            IssuedCode {
                grant,
                issued_at: now,
                used: false,
            },
        );
    }

    /// Redeems a code, once.
    pub(crate) fn take_code(&mut self, code: &str, now: i64) -> Result<Grant, CodeRefusal> {
        let issued = self.codes.get_mut(code).ok_or(CodeRefusal::Unknown)?;
        if issued.used {
            self.tokens.withdraw(code);
            return Err(CodeRefusal::Used);
        }
        issued.used = true;
        if now >= issued.issued_at + CODE_LIFETIME {
            return Err(CodeRefusal::Expired);
        }
        Ok(issued.grant.clone())
    }

    /// Remembers whose session an ID token belongs to, for `id_token_hint`; an expired one counts too.
    pub(crate) fn issue_id_token(&mut self, token: &str, sid: String) {
        self.id_tokens.put(fingerprint(token), sid);
    }

    /// The session id of an ID token that this provider issued.
    pub(crate) fn sid_of_id_token(&self, token: &str) -> Option<&str> {
        self.id_tokens.get(&fingerprint(token)).map(String::as_str)
    }
}

impl PushedRequest {
    fn is_fresh(&self, now: i64) -> bool {
        now < self.pushed_at + PUSHED_LIFETIME
    }
}

fn fingerprint(token: &str) -> String {
    relyant_jose::base64url::encode(&sha256(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorization_request::{Prompt, ResponseMode, ReturnAddress};
    use crate::issued_tokens::Holder;
    use crate::requested_claims::RequestedClaims;

    fn grant() -> Grant {
        Grant {
            session: Session {
                sid: "sid".to_owned(),
                person: "carol".to_owned(),
                auth_time: 0,
                acr: "1".to_owned(),
            },
            redirect_uri: "http://127.0.0.1/cb".to_owned(),
            code_challenge: "challenge".to_owned(),
            nonce: None,
            scope: "openid".to_owned(),
            acr: "1".to_owned(),
            asked_claims: Vec::new(),
            resources: Vec::new(),
        }
    }

    fn store_with_code() -> Store {
        let mut store = Store::default();
        store.issue_code("code".to_owned(), grant(), 1_000);
        store
    }

    #[test]
    fn a_code_is_redeemed_once_and_a_second_try_withdraws_the_access_token() {
        let mut store = store_with_code();
        assert_eq!(store.take_code("code", 1_001), Ok(grant()));
        let (holder, family) = (Holder::Person(grant()), Some("code".to_owned()));
        store
            .tokens
            .issue_access_token("token".to_owned(), holder, family, 1_001);
        assert!(store.tokens.access_token("token", 1_002).is_some());
        assert_eq!(store.take_code("code", 1_002), Err(CodeRefusal::Used));
        assert!(store.tokens.access_token("token", 1_002).is_none());
    }

    #[test]
    fn a_code_lives_a_minute_and_an_unknown_one_not_at_all() {
        assert!(store_with_code().take_code("code", 1_059).is_ok());
        assert_eq!(
            store_with_code().take_code("code", 1_060),
            Err(CodeRefusal::Expired)
        );
        assert_eq!(
            store_with_code().take_code("other", 1_000),
            Err(CodeRefusal::Unknown)
        );
    }

    fn pushed() -> Store {
        let request = AuthorizationRequest {
            back: ReturnAddress {
                redirect_uri: "http://127.0.0.1/cb".to_owned(),
                state: None,
                mode: ResponseMode::Query,
            },
            nonce: None,
            scope: "openid".to_owned(),
            code_challenge: "challenge".to_owned(),
            prompt: Prompt::IfNeeded,
            max_age: None,
            acr_values: Vec::new(),
            claims: RequestedClaims::default(),
            resources: Vec::new(),
            login_hint: None,
        };
        let mut store = Store::default();
        store.push_request("uri".to_owned(), request, 1_000);
        store
    }

    #[test]
    fn a_pushed_request_is_shown_once_within_a_minute_and_finished_by_its_page() {
        let mut store = pushed();
        assert!(store.show_pushed("uri", 1_059).is_some());
        assert!(store.show_pushed("uri", 1_059).is_none());
        assert!(store.shown_pushed("uri", 2_000).is_some());
        store.forget_pushed("uri");
        assert!(store.shown_pushed("uri", 1_059).is_none());
        assert!(pushed().show_pushed("uri", 1_060).is_none());
        assert!(pushed().shown_pushed("uri", 1_059).is_some());
        assert!(pushed().shown_pushed("uri", 1_060).is_none());
        assert!(pushed().show_pushed("another", 1_000).is_none());
    }

    #[test]
    fn sessions_grow_old_on_request() {
        let mut store = Store::default();
        store.open_session("cookie".to_owned(), grant().session);
        store.age_sessions(60);
        assert_eq!(store.session("cookie", 0).unwrap().auth_time, -60);
    }

    #[test]
    fn a_session_ends_with_its_time_or_its_end() {
        let mut store = Store::default();
        store.open_session("cookie".to_owned(), grant().session);
        assert_eq!(
            store.session("cookie", SESSION_LIFETIME - 1),
            Some(grant().session)
        );
        assert_eq!(store.session("cookie", SESSION_LIFETIME), None);
        assert_eq!(store.session("another", 0), None);
        assert_eq!(store.end_session("other"), None);
        assert_eq!(store.sessions_of("carol"), [grant().session]);
        assert_eq!(store.sessions_of("adam"), []);
        assert!(store.session("cookie", 0).is_some());
        assert_eq!(store.end_session("sid"), Some(grant().session));
        assert_eq!(store.session("cookie", 0), None);
    }

    #[test]
    fn an_issued_id_token_leads_to_its_session() {
        let mut store = Store::default();
        store.issue_id_token("a.b.c", "sid".to_owned());
        assert_eq!(store.sid_of_id_token("a.b.c"), Some("sid"));
        assert_eq!(store.sid_of_id_token("a.b.d"), None);
    }
}
