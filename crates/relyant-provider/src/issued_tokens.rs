//! The tokens that the provider issued and still knows: whose they are, until when, and what withdraws them.

use crate::shelf::Shelf;
use crate::store::{Grant, TOKEN_LIFETIME};

/// How long a refresh token is good, in seconds; Keycloak's "SSO Session Idle".
pub(crate) const REFRESH_LIFETIME: i64 = 1_800;

/// All of them, by their text.
#[derive(Debug, Default)]
pub(crate) struct IssuedTokens {
    access: Shelf<AccessToken>,
    refresh: Shelf<RefreshToken>,
}

/// Whom an access token is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A person, who let the client have it.
    Person(Grant),
    /// The client itself. RFC 6749 §4.4.
    Client(ClientGrant),
}

/// What an access token of the client's own is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientGrant {
    /// The granted scope.
    pub(crate) scope: String,
    /// The audience. RFC 8707 §2.
    pub(crate) resources: Vec<String>,
}

#[derive(Debug)]
struct AccessToken {
    holder: Holder,
    /// The code that it came from, at first or by refreshes.
    family: Option<String>,
    issued_at: i64,
}

#[derive(Debug)]
struct RefreshToken {
    grant: Grant,
    family: String,
    issued_at: i64,
    used: bool,
}

/// Why a refresh token gets no new tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshRefusal {
    /// Never issued, withdrawn or forgotten.
    Unknown,
    /// Used before, although it was for one use; all tokens of its family are withdrawn. RFC 9700 §4.14.2.
    Used,
    /// Older than [`REFRESH_LIFETIME`].
    Expired,
}

/// What a token is, for whoever asks about it. RFC 7662 §2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whom it is of.
    pub(crate) holder: Holder,
    /// Whether it is an access token, not a refresh token.
    pub(crate) is_access_token: bool,
    /// When it was issued.
    pub(crate) issued_at: i64,
    /// When it ends.
    pub(crate) expires_at: i64,
}

impl IssuedTokens {
    /// Remembers an access token, and the code that it came from.
    pub(crate) fn issue_access_token(
        &mut self,
        token: String,
        holder: Holder,
        family: Option<String>,
        now: i64,
    ) {
        let issued = AccessToken {
            holder,
            family,
            issued_at: now,
        };
        self.access.put(token, issued);
    }

    /// Remembers a refresh token, and the code that it came from.
    pub(crate) fn issue_refresh_token(
        &mut self,
        token: String,
        grant: Grant,
        family: String,
        now: i64,
    ) {
        let issued = RefreshToken {
            grant,
            family,
            issued_at: now,
            used: false,
        };
        self.refresh.put(token, issued);
    }

    /// What a person's access token was issued for, while it is valid.
    pub(crate) fn access_token(&self, token: &str, now: i64) -> Option<&Grant> {
        let issued = self.access.get(token)?;
        match &issued.holder {
            Holder::Person(grant) if now < issued.issued_at + TOKEN_LIFETIME => Some(grant),
            _ => None,
        }
    }

    /// Takes a refresh token for new tokens, and gives what they are for and their family.
    ///
    /// With `rotates` it is good for one use. Coming again it is with a thief, or its owner's answer was lost: nobody can
    /// tell, so nobody goes on. RFC 9700 §4.14.2.
    pub(crate) fn take_refresh_token(
        &mut self,
        token: &str,
        rotates: bool,
        now: i64,
    ) -> Result<(Grant, String), RefreshRefusal> {
        let issued = self.refresh.get_mut(token).ok_or(RefreshRefusal::Unknown)?;
        let family = issued.family.clone();
        if issued.used {
            self.withdraw(&family);
            return Err(RefreshRefusal::Used);
        }
        if now >= issued.issued_at + REFRESH_LIFETIME {
            return Err(RefreshRefusal::Expired);
        }
        issued.used = rotates;
        Ok((issued.grant.clone(), family))
    }

    /// Forgets all tokens that came from one code.
    pub(crate) fn withdraw(&mut self, family: &str) {
        self.access
            .retain(|token| token.family.as_deref() != Some(family));
        self.refresh.retain(|token| token.family != family);
    }

    /// Forgets all tokens of one session.
    pub(crate) fn end_session(&mut self, sid: &str) {
        self.access.retain(|token| match &token.holder {
            Holder::Person(grant) => grant.session.sid != sid,
            Holder::Client(_) => true,
        });
        self.refresh.retain(|token| token.grant.session.sid != sid);
    }

    /// Forgets a token; with a refresh token all that came from its code. RFC 7009 §2.1.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.access.remove(token);
        if let Some(refresh) = self.refresh.remove(token) {
            self.withdraw(&refresh.family);
        }
    }

    /// What a token is, while it is good for something.
    pub(crate) fn known(&self, token: &str, now: i64) -> Option<Known> {
        let access = self.access.get(token).map(|token| Known {
            holder: token.holder.clone(),
            is_access_token: true,
            issued_at: token.issued_at,
            expires_at: token.issued_at + TOKEN_LIFETIME,
        });
        let refresh = self.refresh.get(token).filter(|token| !token.used);
        let refresh = refresh.map(|token| Known {
            holder: Holder::Person(token.grant.clone()),
            is_access_token: false,
            issued_at: token.issued_at,
            expires_at: token.issued_at + REFRESH_LIFETIME,
        });
        access.or(refresh).filter(|known| now < known.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Session;

    fn grant() -> Grant {
        Grant {
            session: Session {
                sid: "sid".to_owned(),
                person: "carol".to_owned(),
                auth_time: 0,
                acr: "1".to_owned(),
            },
            redirect_uri: String::new(),
            code_challenge: String::new(),
            nonce: None,
            scope: "openid".to_owned(),
            acr: "1".to_owned(),
            asked_claims: Vec::new(),
            resources: Vec::new(),
        }
    }

    fn client_grant() -> ClientGrant {
        ClientGrant {
            scope: "stock".to_owned(),
            resources: Vec::new(),
        }
    }

    /// One session with its two tokens, and a token of the client's own.
    fn issued() -> IssuedTokens {
        let mut tokens = IssuedTokens::default();
        let family = || "code".to_owned();
        tokens.issue_access_token("a".to_owned(), Holder::Person(grant()), Some(family()), 0);
        tokens.issue_refresh_token("r".to_owned(), grant(), family(), 0);
        let client = Holder::Client(client_grant());
        tokens.issue_access_token("c".to_owned(), client, None, 0);
        tokens
    }

    fn known(tokens: &IssuedTokens) -> Vec<&'static str> {
        let all = ["a", "r", "c"].into_iter();
        all.filter(|token| tokens.known(token, 1).is_some())
            .collect()
    }

    #[test]
    fn a_refresh_token_is_good_for_half_an_hour_and_for_many_uses() {
        let mut tokens = issued();
        for now in [0, 1, REFRESH_LIFETIME - 1] {
            let taken = tokens.take_refresh_token("r", false, now);
            assert_eq!(taken, Ok((grant(), "code".to_owned())));
        }
        let late = tokens.take_refresh_token("r", false, REFRESH_LIFETIME);
        assert_eq!(late, Err(RefreshRefusal::Expired));
        let other = tokens.take_refresh_token("x", false, 0);
        assert_eq!(other, Err(RefreshRefusal::Unknown));
    }

    #[test]
    fn a_rotated_one_that_comes_again_withdraws_its_family() {
        let mut tokens = issued();
        assert!(tokens.take_refresh_token("r", true, 0).is_ok());
        tokens.issue_refresh_token("r2".to_owned(), grant(), "code".to_owned(), 0);
        assert_eq!(known(&tokens), ["a", "c"]);
        let again = tokens.take_refresh_token("r", true, 0);
        assert_eq!(again, Err(RefreshRefusal::Used));
        assert_eq!(known(&tokens), ["c"]);
        let new = tokens.take_refresh_token("r2", true, 0);
        assert_eq!(new, Err(RefreshRefusal::Unknown));
    }

    #[test]
    fn a_revoked_refresh_token_takes_its_access_token_along_and_not_the_other_way_round() {
        let mut tokens = issued();
        tokens.revoke("x");
        assert_eq!(known(&tokens), ["a", "r", "c"]);
        tokens.revoke("a");
        assert_eq!(known(&tokens), ["r", "c"]);
        let mut tokens = issued();
        tokens.revoke("r");
        assert_eq!(known(&tokens), ["c"]);
        tokens.revoke("c");
        assert!(known(&tokens).is_empty());
    }

    #[test]
    fn a_session_ends_with_its_tokens() {
        let mut tokens = issued();
        tokens.end_session("other");
        assert_eq!(known(&tokens), ["a", "r", "c"]);
        tokens.end_session("sid");
        assert_eq!(known(&tokens), ["c"]);
    }

    #[test]
    fn an_access_token_is_known_for_five_minutes() {
        let tokens = issued();
        assert_eq!(tokens.access_token("a", TOKEN_LIFETIME - 1), Some(&grant()));
        assert_eq!(tokens.access_token("a", TOKEN_LIFETIME), None);
        assert_eq!(tokens.access_token("c", 0), None);
        assert_eq!(tokens.known("a", TOKEN_LIFETIME), None);
        let known = tokens.known("c", 0).unwrap();
        assert_eq!(known.holder, Holder::Client(client_grant()));
        assert_eq!((known.issued_at, known.expires_at), (0, TOKEN_LIFETIME));
    }
}
