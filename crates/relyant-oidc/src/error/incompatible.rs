//! What the provider asks for, or is set to, that this version doesn't do.

use super::Clipped;
use super::codes::checks;
use crate::limits::MAX_BEARER_TOKEN_BYTES;

checks! {
    /// The provider is within the specifications, but outside of what we do.
    Incompatible as "incompatible";

    /// The metadata list PKCE methods, but not S256.
    NoPkceS256 { got: Clipped }, "no_pkce_s256",
        "the metadata's `code_challenge_methods_supported` is `{got}`, expected `S256` among them";
    /// The metadata list response types, but not the code flow.
    NoCodeFlow { got: Clipped }, "no_code_flow",
        "the metadata's `response_types_supported` is `{got}`, expected `code` among them";
    /// The metadata list grant types, but not the authorization code.
    NoCodeGrant { got: Clipped }, "no_code_grant",
        "the metadata's `grant_types_supported` is `{got}`, expected `authorization_code` among them";
    /// The provider doesn't bring its answer in the way that is set.
    NoResponseMode { expected: &'static str, got: Clipped }, "no_response_mode",
        "the metadata's `response_modes_supported` is `{got}`, expected `{expected}` among them";
    /// The provider accepts pushed authorization requests or signed request objects only.
    RequestFormRequired { name: &'static str }, "request_form_required",
        "the metadata's `{name}` is true: plain authorization requests are not accepted there";
    /// None of the provider's client authentication methods is one of ours.
    NoClientAuthentication { got: Clipped }, "no_client_authentication",
        "the metadata's `token_endpoint_auth_methods_supported` is `{got}`, expected `client_secret_basic`, \
         `client_secret_post` or `client_secret_jwt` for a client with a secret, `private_key_jwt` for one with a key";
    /// The provider takes no client assertion with an algorithm of the client's secret or key.
    NoClientAssertionAlgorithm { expected: Clipped, got: Clipped }, "no_client_assertion_algorithm",
        "the metadata's `token_endpoint_auth_signing_alg_values_supported` is `{got}`, expected one of `{expected}` among them";
    /// None of the signature algorithms that the provider offers for ID tokens is allowed here.
    NoSignatureAlgorithm { got: Clipped }, "no_signature_algorithm",
        "the metadata's `id_token_signing_alg_values_supported` is `{got}`: none of them is allowed here";
    /// The access token is of a type that needs more than presenting it.
    TokenType { got: Clipped }, "token_type",
        "the token response's `token_type` is `{got}`, expected `Bearer`";
    /// The ID token is encrypted.
    EncryptedIdToken, "encrypted_id_token",
        "the ID token is encrypted, and there is no key to open it: set PRIVATE_KEY to a key that the provider encrypts to, or \
         switch the encryption off for the client (in Keycloak: Clients → client → Advanced → Fine grain OpenID Connect \
         configuration → ID token encryption key management algorithm)";
    /// The logout token is encrypted.
    EncryptedLogoutToken, "encrypted_logout_token",
        "the logout token is encrypted, and there is no key to open it: set PRIVATE_KEY to a key that the provider encrypts to, \
         or switch the encryption of ID tokens off for the client (in Keycloak: Clients → client → \
         Advanced → Fine grain OpenID Connect configuration → ID token encryption key management algorithm)";
    /// The access token is too large to be sent to the userinfo endpoint in a header.
    AccessTokenTooLarge { bytes: usize }, "access_token_too_large",
        "the access token is too large to be sent to userinfo: it has {bytes} bytes, expected {MAX_BEARER_TOKEN_BYTES} at \
         most; let the provider put fewer roles and claims into it (in Keycloak: Clients → client → Client scopes → \
         dedicated scope → Full scope allowed: off)";
    /// Userinfo is encrypted.
    EncryptedUserinfo, "encrypted_userinfo",
        "userinfo is encrypted, and there is no key to open it: set PRIVATE_KEY to a key that the provider encrypts to, or switch \
         the encryption off for the client (in Keycloak: Clients → client → Advanced → Fine grain OpenID Connect configuration → \
         User info response encryption key management algorithm)";
    /// The access token that an API got is encrypted.
    EncryptedAccessToken, "encrypted_access_token",
        "the access token is encrypted, and there is no key to open it: set PRIVATE_KEY to a key that the provider encrypts to, or \
         switch the encryption of access tokens for this API off at the provider";
    /// The introspection answer is encrypted.
    EncryptedIntrospection, "encrypted_introspection",
        "the introspection answer is encrypted, and there is no key to open it: set PRIVATE_KEY to a key that the provider encrypts \
         to, or switch the encryption of introspection answers off for the client";
    /// The provider doesn't tell what a token is.
    NoIntrospectionEndpoint, "no_introspection_endpoint",
        "the metadata have no `introspection_endpoint`: this provider tells nobody what a token is";
    /// The client's way to show who it is, is none that the introspection endpoint takes.
    NoIntrospectionAuthentication { expected: &'static str, got: Clipped }, "no_introspection_authentication",
        "the metadata's `introspection_endpoint_auth_methods_supported` is `{got}`, expected `{expected}` among them, which the \
         client is registered with: set CLIENT_AUTH to a method that both endpoints take";
    /// Something is encrypted in a way that is refused on purpose, or unknown.
    EncryptionAlgorithm { token: &'static str, got: Clipped }, "encryption_algorithm",
        "the {token} is encrypted with `{got}`, expected RSA-OAEP, RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW or ECDH-ES+A256KW, and \
         A128GCM, A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384 or A256CBC-HS512: choose one of these for the client at the \
         provider, where its encryption is set";
}
