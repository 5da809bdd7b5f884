//! The provider's own no, in OAuth's words.

use super::Clipped;
use super::codes::checks;

checks! {
    /// The provider refused, as OAuth lets it. RFC 6749 §4.1.2.1 and §5.2, Core §3.1.2.6.
    Refused as "refused";

    /// The person or the provider's policy denied the login.
    AccessDenied { description: Clipped }, "access_denied",
        "the provider answered `access_denied` (`{description}`)";
    /// The provider wants the person to sign in, pick an account or consent, and may not ask.
    InteractionRequired { error: Clipped, description: Clipped }, "interaction_required",
        "the provider answered `{error}` (`{description}`)";
    /// The provider failed while it handled the authorization request.
    ServerError { description: Clipped }, "server_error",
        "the provider answered `server_error` (`{description}`)";
    /// The provider is overloaded or under maintenance.
    TemporarilyUnavailable { description: Clipped }, "temporarily_unavailable",
        "the provider answered `temporarily_unavailable` (`{description}`)";
    /// The authorization code is expired, used, or not of this client, redirect URI or code verifier.
    InvalidGrant { description: Clipped }, "invalid_grant",
        "the provider answered `invalid_grant` (`{description}`) to the authorization code";
    /// The refresh token is expired, revoked or used, or its person may no longer sign in: the session ends.
    RefreshToken { description: Clipped }, "refresh_token",
        "the provider answered `invalid_grant` (`{description}`) to the refresh token";
    /// The callback brought an error that the specifications don't name.
    AuthorizationError { error: Clipped, description: Clipped }, "authorization_error",
        "the provider answered the authorization request with `{error}` (`{description}`)";
    /// The token endpoint answered with an error that the specifications don't name.
    TokenError { error: Clipped, description: Clipped }, "token_error",
        "the provider answered the token request with `{error}` (`{description}`)";
    /// The provider refuses to tell what a token is.
    IntrospectionError { error: Clipped, description: Clipped }, "introspection_error",
        "the provider answered the introspection with `{error}` (`{description}`)";
    /// The provider refuses to revoke a token.
    RevocationError { error: Clipped, description: Clipped }, "revocation_error",
        "the provider answered the revocation with `{error}` (`{description}`)";
}
