//! How the access tokens of one provider differ from RFC 9068: single leniencies, and marks of its own.

use std::collections::BTreeSet;

use super::claims::AccessTokenClaims;

/// What stands for the client's identifier in [`ServiceAccountMarks::subject`].
const CLIENT_ID: &str = "{client_id}";

/// How the access tokens of one provider look. The default is RFC 9068 to the letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessTokenProfile {
    /// What is forgiven, one by one.
    pub leniencies: BTreeSet<Leniency>,
    /// The exact `typ` claim that they have, and no other token of this provider; none where they have no such mark.
    pub body_type: Option<String>,
    /// The claim that names the person as the ID token's `sub` does; none where it is `sub` here too.
    pub subject: Option<String>,
    /// By what a token of a client's own is known, where its `sub` is that of an account.
    pub service_accounts: ServiceAccountMarks,
}

/// One way in which an access token may fall short of RFC 9068.
///
/// That the audience is left open, or is read from `azp`, is none of them: whom a token was issued to says nothing of where it
/// may be used (RFC 9700 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leniency {
    /// The header's type may be `JWT`; the body must say then that it is an access token.
    HeaderTypeJwt,
    /// The header may have no type; the body must say then that it is an access token.
    HeaderTypeAbsent,
    /// The client may be named in `azp`, where there is no `client_id`.
    ClientIdFromAzp,
    /// The client may be named in `cid`, where there is no `client_id`.
    ClientIdFromCid,
    /// The scopes may be in `scp`, as a list or as one text, where there is no `scope`.
    ScopeFromScp,
    /// There may be no `jti`.
    JtiAbsent,
    /// There may be no `sub`: such a token is a client's own, and no person's.
    SubjectAbsent,
}

impl Leniency {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::HeaderTypeJwt,
        Self::HeaderTypeAbsent,
        Self::ClientIdFromAzp,
        Self::ClientIdFromCid,
        Self::ScopeFromScp,
        Self::JtiAbsent,
        Self::SubjectAbsent,
    ];
}

/// The claims by which a token of a client's own is known: any one of these signs will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceAccountMarks {
    /// Claims that only such tokens have.
    pub present: Vec<String>,
    /// Claims that only the tokens of people have.
    pub absent: Vec<String>,
    /// The exact `sub` that they have, with `{client_id}` in it; none where it is the client's identifier itself.
    pub subject: Option<String>,
}

impl AccessTokenProfile {
    pub(crate) fn forgives(&self, leniency: Leniency) -> bool {
        self.leniencies.contains(&leniency)
    }

    /// What the header's type may be, in the words of a message. RFC 9068 §2.1.
    pub(super) fn header_types(&self) -> &'static str {
        let forgiven = [Leniency::HeaderTypeJwt, Leniency::HeaderTypeAbsent];
        match forgiven.map(|one| self.forgives(one)) {
            [false, false] => "at+jwt",
            [true, false] => "at+jwt or JWT",
            [false, true] => "at+jwt or none",
            [true, true] => "at+jwt, JWT or none",
        }
    }
}

impl ServiceAccountMarks {
    pub(super) fn are_on(&self, claims: &AccessTokenClaims, client_id: &str) -> bool {
        let present = self.present.iter().any(|claim| claims.has(claim));
        let absent = self.absent.iter().any(|claim| !claims.has(claim));
        present
            || absent
            || claims
                .text("sub")
                .is_some_and(|sub| self.names(sub, client_id))
    }

    /// Whether a subject is the client's own name for itself. RFC 9068 §2.2, `sub`.
    fn names(&self, subject: &str, client_id: &str) -> bool {
        let own = self.subject.as_deref().unwrap_or(CLIENT_ID);
        subject == client_id || subject == own.replace(CLIENT_ID, client_id)
    }
}
