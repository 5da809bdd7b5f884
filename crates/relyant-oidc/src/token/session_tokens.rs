//! The tokens that a session has: those of its login, or of its last refresh.

use std::fmt;

use relyant_jose::json::{self, Object, Value};

use super::refresh::{FormerIdToken, RefreshedTokens};
use super::response::TokenResponse;
use crate::clock::UnixTime;
use crate::id_token::ValidIdToken;
use crate::registration::ClientRegistration;
use crate::secret::Secret;

/// The tokens of a session, with what a later ID token is compared with.
///
/// `Debug` shows none of them. [`to_bytes`](Self::to_bytes) is for a seal alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionTokens {
    access_token: Secret,
    refresh_token: Option<Secret>,
    scope: String,
    is_scope_said: bool,
    access_token_expires_at: Option<UnixTime>,
    former_id_token: FormerIdToken,
}

impl SessionTokens {
    /// Those of a login, which were answered at `now`.
    pub fn of_login(
        tokens: &TokenResponse,
        id_token: &ValidIdToken,
        registration: &ClientRegistration,
        now: UnixTime,
    ) -> Self {
        Self {
            access_token: Secret::new(tokens.access_token()),
            refresh_token: tokens.refresh_token().map(Secret::new),
            // RFC 6749 §5.1: left out where it is the one that was asked for.
            scope: tokens
                .scope()
                .map_or_else(|| registration.scope(), str::to_owned),
            is_scope_said: tokens.scope().is_some(),
            access_token_expires_at: tokens.access_token_expires_at(now),
            former_id_token: FormerIdToken::of(id_token),
        }
    }

    /// Those of a refresh of these, which were answered at `now`; the ID token is the new one, if it brought one.
    #[must_use]
    pub fn refreshed(
        &self,
        tokens: &RefreshedTokens,
        id_token: Option<&ValidIdToken>,
        now: UnixTime,
    ) -> Self {
        let former = &self.former_id_token;
        Self {
            access_token: Secret::new(tokens.access_token()),
            refresh_token: Some(Secret::new(tokens.refresh_token())),
            // RFC 6749 §6: left out where it is the one of before.
            scope: tokens.scope().unwrap_or(&self.scope).to_owned(),
            is_scope_said: self.is_scope_said || tokens.scope().is_some(),
            access_token_expires_at: tokens.access_token_expires_at(now),
            former_id_token: id_token
                .map_or_else(|| former.clone(), |id_token| former.continued_by(id_token)),
        }
    }

    /// The access token, for the one place that sends it.
    pub fn access_token(&self) -> &str {
        self.access_token.expose()
    }

    /// The access token, redacted.
    pub fn access_secret(&self) -> &Secret {
        &self.access_token
    }

    /// The refresh token, redacted; none where the provider gave none.
    pub fn refresh_secret(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// The scope that was granted, as a space-separated list; the one that was asked for where the provider doesn't say.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The scope that the provider said it granted.
    ///
    /// RFC 6749 §5.1: it may be left out where it is the one that was asked for, as the provider saw the request; whoever
    /// carried that there in her browser may have struck out scopes on the way.
    pub fn said_scope(&self) -> Option<&str> {
        self.is_scope_said.then_some(self.scope.as_str())
    }

    /// When the access token expires, if the provider said so.
    pub fn access_token_expires_at(&self) -> Option<UnixTime> {
        self.access_token_expires_at
    }

    /// What the session remembers of its ID token.
    pub fn former_id_token(&self) -> &FormerIdToken {
        &self.former_id_token
    }

    /// They as a session keeps them; secret, to be sealed.
    pub fn to_bytes(&self) -> Vec<u8> {
        Value::Object(self.members()).to_string().into_bytes()
    }

    /// What [`to_bytes`](Self::to_bytes) wrote; none where the bytes can't be that.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let members = json::parse_object(bytes).ok()?;
        let text = |name| members.get(name).and_then(Value::as_str);
        let tokens = Self {
            access_token: Secret::new(text("access_token")?),
            refresh_token: text("refresh_token").map(Secret::new),
            scope: text("scope")?.to_owned(),
            is_scope_said: members.get("scope_is_said") == Some(&Value::Bool(true)),
            access_token_expires_at: members
                .get("expires_at")
                .and_then(Value::as_i64)
                .map(UnixTime),
            former_id_token: FormerIdToken::from_json(text("id_token")?)?,
        };
        (tokens.members() == members).then_some(tokens)
    }

    fn members(&self) -> Object {
        let mut members = Object::new();
        let texts = [
            ("access_token", Some(self.access_token.expose())),
            (
                "refresh_token",
                self.refresh_token.as_ref().map(Secret::expose),
            ),
            ("scope", Some(self.scope.as_str())),
            ("id_token", Some(self.former_id_token.to_json().as_str())),
        ]
        .map(|(name, text)| text.map(|text| (name.to_owned(), Value::from(text))));
        members.extend(texts.into_iter().flatten());
        if self.is_scope_said {
            members.insert("scope_is_said".to_owned(), true.into());
        }
        let expires_at = self.access_token_expires_at;
        members.extend(expires_at.map(|time| ("expires_at".to_owned(), time.0.into())));
        members
    }
}

impl fmt::Debug for SessionTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SessionTokens")
            .field("scope", &self.scope)
            .field("access_token_expires_at", &self.access_token_expires_at)
            .finish_non_exhaustive()
    }
}
