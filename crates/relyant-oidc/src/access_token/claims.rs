//! The claims of an access token on their way through the checks, whether it carries them itself or its issuer tells them.

use std::collections::BTreeSet;

use relyant_jose::json::{Object, Value};

use super::profile::{AccessTokenProfile, Leniency};
use crate::authentic::AuthenticJwt;
use crate::characters::is_scope_token;
use crate::clock::UnixTime;
use crate::error::{Clipped, InvalidAccessToken};
use crate::id_token::Subject;
use crate::issuer::Issuer;
use crate::json_type::{printable, text, texts};
use crate::limits::{MAX_ACCESS_TOKEN_AGE_SECONDS, MAX_CLIENT_ID_CHARS, MAX_JTI_CHARS};
use crate::numeric_date::NumericDate;

/// The claims, each read by the check that needs it.
pub(crate) struct AccessTokenClaims(Object);

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// A person's, among those of the issuer.
    Person(Subject),
    /// A client's own.
    Service,
}

/// How a person signed in, as far as the token tells. RFC 9068 §2.2.1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SignInTold {
    pub(super) auth_time: Option<NumericDate>,
    pub(super) acr: Option<String>,
    pub(super) amr: Vec<String>,
}

impl AccessTokenClaims {
    pub(crate) fn new(members: Object) -> Self {
        Self(members)
    }

    pub(super) fn parse(jwt: &AuthenticJwt) -> Result<Self, InvalidAccessToken> {
        Ok(Self(jwt.claims()?))
    }

    pub(crate) fn into_members(self) -> Object {
        self.0
    }

    /// Only ID tokens have these hashes (Core §3.1.3.6, §3.3.2.11), only logout tokens `events` (Back-Channel Logout §2.4), and
    /// only answers about a token `token_introspection` (RFC 9701 §5, §8.1).
    pub(crate) fn check_no_other_kind(&self) -> Result<(), InvalidAccessToken> {
        if self.has("at_hash") || self.has("c_hash") {
            return Err(InvalidAccessToken::IsIdToken);
        }
        if self.has("events") {
            return Err(InvalidAccessToken::IsLogoutToken);
        }
        if self.has("token_introspection") {
            return Err(InvalidAccessToken::IsIntrospection);
        }
        Ok(())
    }

    /// The claim `typ` is exactly the one by which this provider marks its access tokens.
    pub(crate) fn check_body_type(&self, expected: &str) -> Result<(), InvalidAccessToken> {
        if self.text("typ") == Some(expected) {
            return Ok(());
        }
        Err(InvalidAccessToken::BodyType {
            expected: Clipped::new(expected),
            got: self.shown("typ"),
        })
    }

    /// What a token must show that no mark tells from an ID token: a scope, and neither a nonce nor a `typ` of another kind.
    ///
    /// RFC 9068 §2.2.3: access tokens have `scope`; Core §2: ID tokens have none, and the `nonce` of their login.
    pub(super) fn check_unmarked(
        &self,
        profile: &AccessTokenProfile,
    ) -> Result<(), InvalidAccessToken> {
        if self.has("nonce") {
            return Err(InvalidAccessToken::IsIdToken);
        }
        if self.has("typ") {
            self.check_body_type("Bearer")?;
        }
        let claim = self.scope_claim(profile);
        let is_list = claim == "scp" && self.0.get(claim).is_some_and(Value::is_array);
        if self.text(claim).is_none() && !is_list {
            return Err(InvalidAccessToken::NotMarked);
        }
        Ok(())
    }

    pub(crate) fn check_issuer(&self, issuer: &Issuer) -> Result<(), InvalidAccessToken> {
        if self.text("iss") == Some(issuer.as_str()) {
            return Ok(());
        }
        let expected = Clipped::new(issuer.as_str());
        Err(InvalidAccessToken::IssuerMismatch {
            expected,
            got: self.shown("iss"),
        })
    }

    /// The token is for us, whomever else it is for. RFC 9068 §4, RFC 7519 §4.1.3.
    pub(crate) fn check_audience(&self, audience: &str) -> Result<(), InvalidAccessToken> {
        let audiences = match self.0.get("aud") {
            None => Vec::new(),
            Some(Value::String(one)) => vec![one.clone()],
            Some(several) => texts(several).map_err(|_| InvalidAccessToken::AudienceInvalid)?,
        };
        if audiences.iter().any(|one| one == audience) {
            return Ok(());
        }
        Err(InvalidAccessToken::AudienceMismatch {
            expected: Clipped::new(audience),
            got: Clipped::new(&audiences.join(" ")),
        })
    }

    pub(crate) fn check_expiry(&self, now: UnixTime) -> Result<NumericDate, InvalidAccessToken> {
        let expiry = self
            .0
            .get("exp")
            .ok_or("absent")
            .and_then(NumericDate::read);
        let expiry = expiry.map_err(|got| InvalidAccessToken::ExpiryInvalid { got })?;
        match expiry.passed(now) {
            Some(seconds) => Err(InvalidAccessToken::Expired { seconds }),
            None => Ok(expiry),
        }
    }

    /// Where there is a time of issue, it is not ahead.
    pub(crate) fn check_issued_at(
        &self,
        now: UnixTime,
    ) -> Result<Option<NumericDate>, InvalidAccessToken> {
        let issued_at = self.0.get("iat").map(NumericDate::read).transpose();
        let issued_at = issued_at.map_err(|got| InvalidAccessToken::IssuedAtInvalid { got })?;
        match issued_at.and_then(|date| date.ahead(now)) {
            Some(seconds) => Err(InvalidAccessToken::IssuedInFuture { seconds }),
            None => Ok(issued_at),
        }
    }

    /// There is a time of issue, and it is of today, whatever expiry the token has.
    pub(super) fn check_age(&self, now: UnixTime) -> Result<(), InvalidAccessToken> {
        let issued_at = self.check_issued_at(now)?;
        let issued_at = issued_at.ok_or(InvalidAccessToken::IssuedAtInvalid { got: "absent" })?;
        match issued_at.older_than(MAX_ACCESS_TOKEN_AGE_SECONDS, now) {
            Some(seconds) => Err(InvalidAccessToken::IssuedTooLongAgo { seconds }),
            None => Ok(()),
        }
    }

    pub(crate) fn check_not_before(&self, now: UnixTime) -> Result<(), InvalidAccessToken> {
        let Some(value) = self.0.get("nbf") else {
            return Ok(());
        };
        let not_before =
            NumericDate::read(value).map_err(|got| InvalidAccessToken::NotBeforeInvalid { got })?;
        match not_before.ahead(now) {
            Some(seconds) => Err(InvalidAccessToken::NotYetValid { seconds }),
            None => Ok(()),
        }
    }

    /// A token that is bound to a key or a certificate is good for nothing without a proof of it, and none is looked at here.
    ///
    /// RFC 7800 §3.1, RFC 8705 §3, RFC 9449 §7.1: taken as a bearer token, it would be worth as much to a thief.
    pub(crate) fn check_not_bound(&self) -> Result<(), InvalidAccessToken> {
        if self.has("cnf") {
            return Err(InvalidAccessToken::SenderConstrained);
        }
        Ok(())
    }

    /// The client that it was issued to. RFC 9068 §2.2, `client_id`.
    pub(super) fn read_client_id(
        &self,
        profile: &AccessTokenProfile,
    ) -> Result<String, InvalidAccessToken> {
        let named = self.0.get("client_id");
        let named = match named {
            None if profile.forgives(Leniency::ClientIdFromAzp) => self.0.get("azp"),
            None if profile.forgives(Leniency::ClientIdFromCid) => self.0.get("cid"),
            named => named,
        };
        let client_id = named.and_then(|value| printable(value, MAX_CLIENT_ID_CHARS));
        Ok(client_id
            .ok_or(InvalidAccessToken::ClientIdInvalid)?
            .to_owned())
    }

    /// Whose it is: a person's only where nothing says that it is the client's own. RFC 9068 §2.2, `sub`; §5.
    ///
    /// A client may choose a name that somebody else has as subject (RFC 9700 §4.15), so the client's own subject is nobody's.
    pub(super) fn read_principal(
        &self,
        client_id: &str,
        profile: &AccessTokenProfile,
    ) -> Result<Principal, InvalidAccessToken> {
        let named = profile.subject.as_deref().unwrap_or("sub");
        let subject = self.0.get(named).map(Subject::read);
        let subject = subject.map(|subject| subject.ok_or(InvalidAccessToken::SubjectInvalid));
        Ok(match subject.transpose()? {
            Some(subject)
                if subject.as_str() != client_id
                    && !profile.service_accounts.are_on(self, client_id) =>
            {
                Principal::Person(subject)
            }
            _ => Principal::Service,
        })
    }

    /// RFC 9068 §2.2 requires `sub`, in a token of a client's own too.
    pub(super) fn check_subject_present(
        &self,
        profile: &AccessTokenProfile,
    ) -> Result<(), InvalidAccessToken> {
        if self.has("sub") || profile.forgives(Leniency::SubjectAbsent) {
            return Ok(());
        }
        Err(InvalidAccessToken::SubjectMissing)
    }

    /// RFC 9068 §2.2 requires `jti`.
    pub(super) fn check_jti(&self, profile: &AccessTokenProfile) -> Result<(), InvalidAccessToken> {
        let fits = match self.0.get("jti") {
            None => profile.forgives(Leniency::JtiAbsent),
            Some(jti) => printable(jti, MAX_JTI_CHARS).is_some(),
        };
        if fits {
            return Ok(());
        }
        Err(InvalidAccessToken::JtiInvalid)
    }

    /// RFC 8693 §4.2, RFC 6749 §3.3: words with one blank between them, each for itself; none where there is no `scope`.
    pub(super) fn read_scopes(
        &self,
        profile: &AccessTokenProfile,
    ) -> Result<BTreeSet<String>, InvalidAccessToken> {
        let claim = self.scope_claim(profile);
        let scopes = match self.0.get(claim) {
            None => Some(Vec::new()),
            Some(Value::String(scope)) if scope.is_empty() => Some(Vec::new()),
            Some(Value::String(scope)) => Some(scope.split(' ').map(str::to_owned).collect()),
            Some(list) if claim == "scp" => texts(list).ok(),
            Some(_) => None,
        };
        match scopes {
            Some(scopes) if scopes.iter().all(|scope| is_scope_token(scope)) => {
                Ok(scopes.into_iter().collect())
            }
            _ => Err(InvalidAccessToken::ScopeInvalid {
                got: self.shown(claim),
            }),
        }
    }

    /// The claim with the scopes: the standard's, unless it is absent and another may stand in for it.
    fn scope_claim(&self, profile: &AccessTokenProfile) -> &'static str {
        if profile.forgives(Leniency::ScopeFromScp) && !self.has("scope") {
            "scp"
        } else {
            "scope"
        }
    }

    /// RFC 9068 §2.2.1: the types are those of Core §2.
    pub(super) fn read_sign_in(&self) -> Result<SignInTold, InvalidAccessToken> {
        Ok(SignInTold {
            auth_time: self.typed("auth_time", NumericDate::EXPECTED, NumericDate::read)?,
            acr: self.typed("acr", "a string", text)?,
            amr: self
                .typed("amr", "a list of strings", texts)?
                .unwrap_or_default(),
        })
    }

    /// A claim that need not be there, but is what `expected` says where it is.
    fn typed<T>(
        &self,
        claim: &'static str,
        expected: &'static str,
        read: impl FnOnce(&Value) -> Result<T, &'static str>,
    ) -> Result<Option<T>, InvalidAccessToken> {
        let value = self.0.get(claim).map(read).transpose();
        value.map_err(|got| InvalidAccessToken::ClaimType {
            claim,
            expected,
            got,
        })
    }

    pub(crate) fn has(&self, claim: &str) -> bool {
        self.0.contains_key(claim)
    }

    pub(crate) fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }

    /// A claim as a message shows it: its text, other JSON as it is, nothing where it is absent.
    pub(crate) fn shown(&self, claim: &str) -> Clipped {
        Clipped::claim(self.0.get(claim))
    }
}
