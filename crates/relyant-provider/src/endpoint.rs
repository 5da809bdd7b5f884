//! The endpoints, their paths and who calls them; one file each.

use axum::Router;
use axum::routing::{get, post};

use crate::provider::{REALM, Shared};

pub(crate) mod assets;
pub(crate) mod authorization;
pub(crate) mod claims;
pub(crate) mod end_session;
pub(crate) mod home;
pub(crate) mod introspection;
pub(crate) mod jwks;
pub(crate) mod metadata;
pub(crate) mod pushed_authorization;
pub(crate) mod revocation;
pub(crate) mod token;
pub(crate) mod userinfo;

/// An endpoint of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Endpoint {
    /// Provider metadata. Discovery §4.
    Metadata,
    /// Where the metadata is when it is behind a redirect.
    Moved,
    /// The JWK Set. Core §10.1.1.
    Jwks,
    /// The authorization endpoint and its login page. Core §3.1.2.
    Authorization,
    /// The pushed authorization request endpoint. RFC 9126 §2.
    PushedAuthorization,
    /// The token endpoint. Core §3.1.3.
    Token,
    /// The userinfo endpoint. Core §5.3.
    Userinfo,
    /// Where distributed claims are. Core §5.6.2.
    Claims,
    /// The revocation endpoint. RFC 7009.
    Revocation,
    /// The introspection endpoint. RFC 7662.
    Introspection,
    /// The end-session endpoint. RP-Initiated Logout §2.
    EndSession,
}

impl Endpoint {
    /// All of them, in the order of a login.
    pub(crate) const ALL: &[Self] = &[
        Self::Metadata,
        Self::Moved,
        Self::Jwks,
        Self::Authorization,
        Self::PushedAuthorization,
        Self::Token,
        Self::Userinfo,
        Self::Claims,
        Self::Revocation,
        Self::Introspection,
        Self::EndSession,
    ];

    /// Its name at the control endpoint and behind a misbehaviour's `@`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Moved => "moved",
            Self::Jwks => "jwks",
            Self::Authorization => "authorization",
            Self::PushedAuthorization => "par",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
            Self::Claims => "claims",
            Self::Revocation => "revocation",
            Self::Introspection => "introspection",
            Self::EndSession => "end_session",
        }
    }

    /// Its path, Keycloak's below the realm.
    pub(crate) fn path(self) -> String {
        let below = match self {
            Self::Metadata => ".well-known/openid-configuration",
            Self::Moved => ".well-known/moved",
            Self::Jwks => "protocol/openid-connect/certs",
            Self::Authorization => "protocol/openid-connect/auth",
            Self::PushedAuthorization => "protocol/openid-connect/ext/par/request",
            Self::Token => "protocol/openid-connect/token",
            Self::Userinfo => "protocol/openid-connect/userinfo",
            Self::Claims => "claims",
            Self::Revocation => "protocol/openid-connect/revoke",
            Self::Introspection => "protocol/openid-connect/token/introspect",
            Self::EndSession => "protocol/openid-connect/logout",
        };
        format!("{REALM}/{below}")
    }

    /// The endpoint at a path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|endpoint| endpoint.path() == path)
    }

    /// Whether the relying party's server calls it, rather than a person's browser.
    pub(crate) fn is_back_channel(self) -> bool {
        matches!(
            self,
            Self::Metadata
                | Self::Jwks
                | Self::PushedAuthorization
                | Self::Token
                | Self::Userinfo
                | Self::Claims
                | Self::Revocation
                | Self::Introspection
        )
    }
}

/// The routes of all endpoints and pages.
pub(crate) fn routes() -> Router<Shared> {
    let path = |endpoint: Endpoint| endpoint.path();
    Router::new()
        .route("/", get(home::get))
        .route(assets::STYLESHEET, get(assets::stylesheet))
        .route(assets::ICON, get(assets::icon))
        .route(assets::SUBMIT, get(assets::submit))
        .route(&path(Endpoint::Metadata), get(metadata::get))
        .route(&path(Endpoint::Moved), get(metadata::moved))
        .route(&path(Endpoint::Jwks), get(jwks::get))
        .route(
            &path(Endpoint::Authorization),
            get(authorization::get).post(authorization::post),
        )
        .route(
            &path(Endpoint::PushedAuthorization),
            post(pushed_authorization::post),
        )
        .route(&path(Endpoint::Token), post(token::post))
        .route(
            &path(Endpoint::Userinfo),
            get(userinfo::answer).post(userinfo::answer),
        )
        .route(&path(Endpoint::Claims), get(claims::get))
        .route(&path(Endpoint::Revocation), post(revocation::post))
        .route(&path(Endpoint::Introspection), post(introspection::post))
        .route(
            &path(Endpoint::EndSession),
            get(end_session::get).post(end_session::post),
        )
        .fallback(home::nothing_here)
}
