//! Our own bugs: a caller combined what doesn't belong together.

use super::codes::checks;

checks! {
    /// A caller of this crate combined what doesn't belong together.
    Misuse as "misuse";

    /// The keys are of another issuer than the metadata.
    KeysOfAnotherIssuer, "keys_of_another_issuer",
        "the keys given to the validation are of another issuer than the metadata";
    /// The claims are of another login than the ID token.
    ClaimsOfAnotherLogin, "claims_of_another_login",
        "the claims given for the identity are of another login than the ID token";
    /// A login asks for what its transaction doesn't demand of the answer.
    DemandsForgotten, "demands_forgotten",
        "the login's transaction doesn't demand what its authorization request asks for";
    /// A refresh token is needed of tokens that have none.
    NoRefreshToken, "no_refresh_token",
        "the tokens given have no refresh token: the provider gave none";
    /// The cryptographic library made no signature of a client assertion.
    ClientAssertionUnsigned, "client_assertion_unsigned",
        "the cryptographic library made no signature of the client assertion";
}
