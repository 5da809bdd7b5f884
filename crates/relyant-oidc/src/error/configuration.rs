//! What the operator must mend: a setting here, or the client's registration at the provider.

use super::Clipped;
use super::codes::checks;
use crate::limits::MAX_AUDIENCE_CHARS;

checks! {
    /// A setting of ours, or of the client at the provider, is wrong.
    Configuration as "configuration";

    /// The issuer is not a URL that can be an issuer.
    IssuerInvalid { got: Clipped, reason: Clipped }, "issuer_invalid",
        "the issuer `{got}` can't be used: {reason}";
    /// The issuer is neither https nor on a host that may be reached without TLS.
    IssuerNotHttps { got: Clipped }, "issuer_not_https",
        "the issuer `{got}` must be https: plain http is accepted for loopback and for hosts listed in \
         ALLOW_INSECURE_HTTP_HOSTS only";
    /// The issuer's well-known address answers that there is nothing there.
    NoMetadataAtIssuer { url: Clipped }, "no_metadata_at_issuer",
        "`{url}` answered 404: the issuer's address or path is wrong";
    /// The provider's metadata name an issuer other than the configured one.
    IssuerMismatch { expected: Clipped, got: Clipped }, "issuer_mismatch",
        "the metadata's `issuer` is `{got}`, the configured issuer is `{expected}`: they must be equal byte for byte";
    /// The issuer is the address of all tenants of a provider, and the settings don't say whose people may sign in.
    TenantsMissing { issuer: Clipped }, "tenants_missing",
        "the issuer `{issuer}` is for the people of every tenant: name those that may sign in, by their identifiers, in TENANTS";
    /// Tenants are named, but the issuer is not the address of all tenants of a provider.
    TenantsUnused { issuer: Clipped }, "tenants_unused",
        "TENANTS is for an issuer that stands for every tenant of a provider, and `{issuer}` isn't one: leave it out";
    /// What should name a tenant is no identifier of one.
    TenantInvalid { got: Clipped }, "tenant_invalid",
        "`{got}` is no tenant's identifier, expected lower-case letters, digits and hyphens, such as \
         `8a1f4c0e-2b56-4d0a-9c0f-3f6c1d2e7b10`";
    /// The client id is empty or holds characters that a client id can't have.
    ClientIdInvalid { got: Clipped }, "client_id_invalid",
        "the client id `{got}` must be one or more printable ASCII characters";
    /// The client secret is an empty text.
    ClientSecretEmpty, "client_secret_empty",
        "the client secret is empty: leave it out for a public client";
    /// Client authentication is configured, but no client secret.
    ClientSecretMissing, "client_secret_missing",
        "client authentication is configured, but no client secret";
    /// The client secret is too short to be the key of a MAC.
    ClientSecretTooShort { algorithm: &'static str, bytes: usize, least: usize }, "client_secret_too_short",
        "the client secret has {bytes} bytes, expected at least {least} for {algorithm}: let the provider make \
         a longer one, or use another algorithm or another client authentication";
    /// A configured algorithm of ID tokens is not a known one.
    IdTokenAlgorithmUnknown { got: Clipped }, "id_token_algorithm_unknown",
        "the ID token algorithm `{got}` is unknown, expected RS, PS or ES with 256, 384 or 512, EdDSA or Ed25519, or one of HS256, \
         HS384 and HS512 alone";
    /// A MAC stands beside other algorithms of ID tokens.
    IdTokenAlgorithmsMixed { got: Clipped }, "id_token_algorithms_mixed",
        "the ID token algorithms `{got}` mix a MAC with others: who can choose between them could take a public key for a secret, \
         so one of HS256, HS384 and HS512 stands alone";
    /// The private key can't be read.
    PrivateKeyInvalid { reason: Clipped }, "private_key_invalid",
        "the private key can't be used: {reason}; expected a private key in PEM (PKCS #8), or a private JWK or JWK Set in JSON";
    /// Client authentication with a key is configured, but no key.
    ClientKeyMissing, "client_key_missing",
        "client authentication `private_key_jwt` is configured, but no private key";
    /// The client is configured as a public one, but has a secret or a key.
    ClientCredentialsUnused, "client_credentials_unused",
        "client authentication `none` is configured beside a client secret or a private key: leave out the one or the other";
    /// The configured client authentication is not a known method.
    ClientAuthUnknown { got: Clipped }, "client_auth_unknown",
        "the client authentication `{got}` is unknown, expected `private_key_jwt`, `client_secret_basic`, \
         `client_secret_post`, `client_secret_jwt` or `none`";
    /// A configured scope holds characters that a scope can't have.
    ScopeInvalid { got: Clipped }, "scope_invalid",
        "the scope `{got}` must be one word of printable ASCII characters without quote and backslash";
    /// A parameter of the authorization request that a setting gives can't be one.
    AuthorizationOptionInvalid { name: &'static str, got: Clipped, expected: &'static str }, "authorization_option_invalid",
        "the authorization request's {name} can't have `{got}`: expected {expected}";
    /// The address of an API that an access token is asked for is not an absolute URI without fragment.
    ResourceInvalid { got: Clipped, reason: Clipped }, "resource_invalid",
        "the resource `{got}` must be an absolute URI without fragment: {reason}";
    /// The identifier by which access tokens name this API is empty or holds characters that it can't have.
    AudienceInvalid { got: Clipped }, "audience_invalid",
        "the audience `{got}` must be 1 to {MAX_AUDIENCE_CHARS} printable ASCII characters: the identifier of this API that the \
         provider writes into the `aud` of access tokens for it";
    /// The redirect URI is not an absolute http or https URL without fragment.
    RedirectUriInvalid { got: Clipped, reason: Clipped }, "redirect_uri_invalid",
        "the redirect URI `{got}` must be an absolute http or https URL without fragment: {reason}";
    /// The provider doesn't know this client or rejects its credentials.
    InvalidClient { description: Clipped }, "invalid_client",
        "the provider answered `invalid_client` (`{description}`): client id, client secret or client \
         authentication is wrong";
    /// The provider rejects this client's credentials, or doesn't let it use the authorization code flow.
    UnauthorizedClient { description: Clipped }, "unauthorized_client",
        "the provider answered `unauthorized_client` (`{description}`): the client secret is wrong, or the \
         authorization code flow is not allowed for this client";
    /// The provider rejects one of the scopes that are asked for.
    InvalidScope { description: Clipped }, "invalid_scope",
        "the provider answered `invalid_scope` (`{description}`): a configured scope isn't known or allowed there";
    /// The provider rejects the request as malformed, which its policy for the client may cause.
    InvalidRequest { description: Clipped }, "invalid_request",
        "the provider answered `invalid_request` (`{description}`): its log says what it misses; allow the client the \
         authorization code flow with PKCE S256, and this redirect URI";
    /// The provider doesn't know the redirect URI as one of this client.
    RedirectUriRefused { got: Clipped, description: Clipped }, "redirect_uri_refused",
        "the provider refuses the redirect URI `{got}` (`{description}`): register exactly this address there";
    /// The provider rejects the response type `code` for this client.
    UnsupportedResponseType { description: Clipped }, "unsupported_response_type",
        "the provider answered `unsupported_response_type` (`{description}`): allow the response type `code`";
    /// The provider's token endpoint rejects the authorization code grant.
    UnsupportedGrantType { description: Clipped }, "unsupported_grant_type",
        "the provider answered `unsupported_grant_type` (`{description}`): allow the authorization code grant";
    /// The provider doesn't let this client refresh its tokens.
    RefreshNotAllowed { error: Clipped, description: Clipped }, "refresh_not_allowed",
        "the provider answered a refresh with `{error}` (`{description}`): allow the client the refresh token grant";
    /// A client without secret and key asks for tokens of its own.
    ClientCredentialsOfPublicClient, "client_credentials_of_public_client",
        "the client credentials grant needs a client with a secret or a private key, and this one has neither";
    /// A client without secret and key asks what a token is.
    IntrospectionOfPublicClient, "introspection_of_public_client",
        "token introspection needs a client with a secret or a private key, and this one has neither";
    /// The provider doesn't let this client have tokens of its own.
    ClientCredentialsNotAllowed { error: Clipped, description: Clipped }, "client_credentials_not_allowed",
        "the provider answered the client credentials grant with `{error}` (`{description}`): allow the client that grant \
         (in Keycloak: Clients → client → Settings → Service accounts roles)";
    /// The provider rejects one of the resources that an access token is asked for.
    InvalidTarget { description: Clipped }, "invalid_target",
        "the provider answered `invalid_target` (`{description}`): a resource isn't known or allowed there";
    /// The file of certificate authorities can't be read or holds no certificate.
    CaFile { path: Clipped, reason: Clipped }, "ca_file",
        "the file of certificate authorities `{path}` can't be used: {reason}";
    /// The internal base URL is not an absolute URL of scheme, host and port alone.
    InternalBaseUrlInvalid { got: Clipped, reason: Clipped }, "internal_base_url_invalid",
        "the internal base URL `{got}` must be an absolute http or https URL of scheme, host and port alone: {reason}";
    /// The time that a step of a login may take is none, or longer than a visitor waits.
    TimeoutInvalid { got: Clipped, limit: u64 }, "timeout_invalid",
        "the timeout must be more than 0 and at most {limit} seconds, got `{got}`";
    /// The proxy that the environment names can't be used.
    ProxyInvalid { reason: Clipped }, "proxy_invalid",
        "the proxy that the environment names can't be used: {reason}";
    /// The address of a request is not one that may be called.
    DestinationForbidden { got: Clipped, reason: &'static str }, "destination_forbidden",
        "`{got}` is not called: {reason}";
}
