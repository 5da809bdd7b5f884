//! The catalogue of misbehaviours: what the provider does wrong on request, and which are switched on.

use std::collections::{BTreeMap, BTreeSet};

use crate::endpoint::Endpoint;

/// Writes the enum, the list of all and their names and sentences from one table.
macro_rules! catalogue {
    ($($variant:ident $name:literal $says:literal)+) => {
        /// One thing that the provider does wrong on request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Misbehaviour { $(#[doc = $says] $variant,)+ }

        impl Misbehaviour {
            /// All of them, in the order of a login.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name on the command line and at the control endpoint.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it changes, in one line.
            pub(crate) fn says(self) -> &'static str {
                match self { $(Self::$variant => $says,)+ }
            }
        }
    };
}

catalogue! {
    MetadataWrongIssuer "metadata-wrong-issuer" "the metadata's `issuer` has a slash too many"
    MetadataHttpEndpoint "metadata-http-endpoint" "the metadata's `token_endpoint` is http on another host"
    MetadataPlainPkceOnly "metadata-plain-pkce-only" "the metadata offers PKCE `plain` only"
    MetadataHs256Only "metadata-hs256-only" "the metadata offers ID tokens with `HS256` only"
    MetadataOtherClientAuth "metadata-other-client-auth" "the metadata offers client authentication by certificates only"
    MetadataNoEndSession "metadata-no-end-session" "the metadata has no `end_session_endpoint`; login still works"
    MetadataHtml "metadata-html" "the metadata is an HTML page with status 200"
    MetadataRedirect "metadata-redirect" "the metadata is behind a redirect; following it is counted as `moved`"
    JwksDuplicateKid "jwks-duplicate-kid" "the JWK Set has two keys with one `kid` and `alg`"
    JwksOddKeys "jwks-odd-keys" "the JWK Set has unusable keys beside the good one; login still works"
    JwksOtherKeys "jwks-other-keys" "the JWK Set has no key of the algorithm that ID tokens are signed with"
    JwksManyKeys "jwks-many-keys" "the JWK Set has 200 keys"
    JwksHuge "jwks-huge" "the JWK Set has 10,000 keys"
    ParStatus200 "par-status-200" "the answer to a pushed request has status 200; it is used where `--par` offers it"
    ParHtml "par-html" "the answer to a pushed request is an HTML page with status 200"
    ParNoRequestUri "par-no-request-uri" "the answer to a pushed request has no `request_uri`"
    ParExpiresAtOnce "par-expires-at-once" "the answer to a pushed request has an `expires_in` of 0"
    ParRefused "par-refused" "the answer to a pushed request is `error=invalid_request`"
    PromptLoginIgnored "prompt-login-ignored" "a session is enough although `prompt` is `login` or `select_account`"
    MaxAgeIgnored "max-age-ignored" "a session is enough although it is older than `max_age`"
    AcrValuesIgnored "acr-values-ignored" "nobody is asked to sign in as `acr_values` or `claims` say"
    CallbackWrongIss "callback-wrong-iss" "the callback's `iss` is another issuer"
    CallbackMissingIss "callback-missing-iss" "the callback has no `iss` although the metadata promises it"
    CallbackWrongState "callback-wrong-state" "the callback's `state` is another one"
    CallbackNoState "callback-no-state" "the callback has no `state`"
    CallbackCodeTwice "callback-code-twice" "the callback has `code` twice"
    CallbackCodeAndError "callback-code-and-error" "the callback has `code` and `error`"
    CallbackAccessDenied "callback-access-denied" "the callback is `error=access_denied`, without a code"
    CallbackPkceRefused "callback-pkce-refused" "the callback is `error=invalid_request`, because of the code challenge"
    CallbackFlowRefused "callback-flow-refused" "the callback is `error=unauthorized_client`"
    CallbackInvalidScope "callback-invalid-scope" "the callback is `error=invalid_scope`"
    TokenHtml "token-html" "the token response is an HTML page with status 200"
    TokenWrongType "token-wrong-type" "the token response's `token_type` is `mac`"
    TokenTextExpiry "token-text-expiry" "the token response's `expires_in` is a text"
    TokenStatus201 "token-status-201" "the token response has status 201"
    TokenNoAccessToken "token-no-access-token" "the token response has no access token"
    TokenInvalidClient "token-invalid-client" "the token endpoint answers `invalid_client`"
    TokenInvalidGrant "token-invalid-grant" "the token endpoint answers `invalid_grant`"
    TokenRepeatsRequest "token-repeats-request" "the token endpoint answers `invalid_client`, and repeats all that it was told"
    MissingIdToken "missing-id-token" "the token response has no ID token"
    WrongIssuer "wrong-issuer" "the ID token's `iss` has a slash too many"
    WrongAudience "wrong-audience" "the ID token's `aud` is another client"
    ExtraAudience "extra-audience" "the ID token's `aud` names another client beside this one"
    MissingAudience "missing-audience" "the ID token has no `aud`"
    WrongAzp "wrong-azp" "the ID token's `azp` is another client"
    WrongNonce "wrong-nonce" "the ID token's `nonce` is another one"
    MissingNonce "missing-nonce" "the ID token has no `nonce`"
    Expired "expired" "the ID token expired an hour ago"
    IssuedInFuture "issued-in-future" "the ID token's `iat` is an hour ahead"
    IssuedLongAgo "issued-long-ago" "the ID token's `iat` is a week ago"
    NotYetValid "not-yet-valid" "the ID token's `nbf` is an hour ahead"
    MissingExp "missing-exp" "the ID token has no `exp`"
    MissingIat "missing-iat" "the ID token has no `iat`"
    MissingSub "missing-sub" "the ID token has no `sub`"
    MissingAuthTime "missing-auth-time" "the ID token has no `auth_time`; login still works where nobody asked for it"
    MissingAcr "missing-acr" "the ID token has no `acr`; login still works where nobody asked for it"
    EmptySub "empty-sub" "the ID token's `sub` is empty"
    NumericSub "numeric-sub" "the ID token's `sub` is a number"
    WrongAtHash "wrong-at-hash" "the ID token's `at_hash` is of another access token"
    DuplicateClaim "duplicate-claim" "the ID token has `sub` twice"
    AlgNone "alg-none" "the ID token is unsigned, `alg` is `none`"
    AlgHs256 "alg-hs256" "the ID token is authenticated with the client secret, `alg` is `HS256`"
    WrongAlg "wrong-alg" "the ID token is signed with a published ES256 key, which the metadata doesn't offer"
    UnknownKid "unknown-kid" "the ID token's `kid` is of no published key"
    MissingKid "missing-kid" "the ID token has no `kid` and two published keys fit"
    TamperedSignature "tampered-signature" "the ID token's signature has a flipped bit"
    TypAtJwt "typ-at-jwt" "the ID token's header says `typ` `at+jwt`"
    PaddedToken "padded-token" "the ID token's signature has base64 padding"
    CritHeader "crit-header" "the ID token's header has a critical extension that nobody knows"
    JwkHeader "jwk-header" "the ID token is signed with a stranger's key, which is in its own header"
    EncryptedToNobody "encrypted-to-nobody" "the ID token is encrypted to a key that nobody has"
    EncryptedUnsigned "encrypted-unsigned" "what is encrypted says that a token is inside, and its claims are there unsigned; login still works where nothing is encrypted"
    EncryptedTampered "encrypted-tampered" "the tag of what is encrypted has a flipped bit; login still works where nothing is encrypted"
    EncryptedRsa15 "encrypted-rsa1-5" "the `alg` of what is encrypted says `RSA1_5`; login still works where nothing is encrypted"
    EncryptedUnknownKid "encrypted-unknown-kid" "the `kid` of what is encrypted is of none of the client's keys; login still works where nothing is encrypted"
    AccessTokenWrongIssuer "access-token-wrong-issuer" "the access token's `iss` has a slash too many"
    AccessTokenWrongAzp "access-token-wrong-azp" "the access token's `azp` is another client"
    AccessTokenWrongSub "access-token-wrong-sub" "the access token's `sub` is another person"
    AccessTokenWrongType "access-token-wrong-type" "the access token's body says `typ` `Refresh`"
    AccessTokenExpired "access-token-expired" "the access token expired an hour ago"
    AccessTokenTampered "access-token-tampered" "the access token's signature has a flipped bit"
    AccessTokenOpaque "access-token-opaque" "the access token is not a JWT; login still works, without roles"
    AccessTokenLightweight "access-token-lightweight" "the access token says nothing about the person, roles included; login still works, without roles"
    AccessTokenNoSub "access-token-no-sub" "the access token has no `sub`; login still works"
    UserinfoWrongSub "userinfo-wrong-sub" "the userinfo's `sub` is another person"
    UserinfoArray "userinfo-array" "the userinfo is an array"
    UserinfoHtml "userinfo-html" "the userinfo is an HTML page with status 200"
    UserinfoSigned "userinfo-signed" "the userinfo is a signed JWT, which is no fault"
    UserinfoAlgNone "userinfo-alg-none" "the userinfo is an unsigned JWT, `alg` is `none`"
    UserinfoWrongIssuer "userinfo-wrong-issuer" "the userinfo is a signed JWT whose `iss` has a slash too many"
    UserinfoWrongAudience "userinfo-wrong-audience" "the userinfo is a signed JWT whose `aud` is another client"
    UserinfoForged "userinfo-forged" "the userinfo is a JWT, signed with a key that isn't published"
    UserinfoEncrypted "userinfo-encrypted" "the userinfo is a signed JWT, encrypted to a key that nobody has"
    ClaimsEndpointElsewhere "claims-endpoint-elsewhere" "the address of distributed claims is on another host than the issuer's; login still works"
    ClaimsForged "claims-forged" "claims that are kept elsewhere are signed with a key that isn't published; login still works"
    ClaimsUnsigned "claims-unsigned" "claims that are kept elsewhere are unsigned, `alg` is `none`; login still works"
    ClaimsWrongIssuer "claims-wrong-issuer" "the `iss` of claims that are kept elsewhere has a slash too many; login still works"
    ClaimsWrongAudience "claims-wrong-audience" "the `aud` of claims that are kept elsewhere is another client; login still works"
    ClaimsWrongSub "claims-wrong-sub" "the `sub` of claims that are kept elsewhere is another person; login still works"
    ClaimsExpired "claims-expired" "claims that are kept elsewhere expired an hour ago; login still works"
    ClaimsIncomplete "claims-incomplete" "the JWT of claims that are kept elsewhere lacks them; login still works"
    RefreshedWrongSub "refreshed-wrong-sub" "the `sub` of a refresh's ID token is another person; login still works"
    RefreshedWrongAuthTime "refreshed-wrong-auth-time" "the `auth_time` of a refresh's ID token is of another sign-in; login still works"
    RefreshedIssuedEarlier "refreshed-issued-earlier" "the `iat` of a refresh's ID token is before the login; login still works"
    RevocationUnsupported "revocation-unsupported" "the revocation endpoint answers `unsupported_token_type`; login still works"
    IntrospectionSigned "introspection-signed" "the introspection answer is a signed JWT where one is asked for, which is no fault; login still works"
    IntrospectionForged "introspection-forged" "the same, signed with a key that isn't published; login still works"
    IntrospectionActiveText "introspection-active-text" "the introspection answer's `active` is a text; login still works"
    IntrospectionWrongAudience "introspection-wrong-audience" "the introspection answer's `aud` is another API; login still works"
    LogoutTokenUnsigned "logout-token-unsigned" "the logout token is unsigned, `alg` is `none`; login still works"
    LogoutTokenWrongIssuer "logout-token-wrong-issuer" "the logout token's `iss` has a slash too many; login still works"
    LogoutTokenWrongAudience "logout-token-wrong-audience" "the logout token's `aud` is another client; login still works"
    LogoutTokenExpired "logout-token-expired" "the logout token expired an hour ago; login still works"
    LogoutTokenIssuedLongAgo "logout-token-issued-long-ago" "the logout token's `iat` is an hour ago; login still works"
    LogoutTokenNoEvents "logout-token-no-events" "the logout token has no `events`; login still works"
    LogoutTokenNonce "logout-token-nonce" "the logout token has a `nonce`; login still works"
    LogoutTokenNoJti "logout-token-no-jti" "the logout token has no `jti`; login still works"
    LogoutTokenNobody "logout-token-nobody" "the logout token has neither `sub` nor `sid`; login still works"
    OldDate "old-date" "the `Date` of each answer is years ago; login still works"
    Slow "slow" "the request is taken and never answered"
    Dripping "dripping" "the answer comes at two bytes a second"
    Down "down" "the connection is closed without an answer"
    Error500 "error-500" "the answer is status 500"
    Error503 "error-503" "the answer is status 503 with `Retry-After: 7`"
    HugeBody "huge-body" "the answer's body doesn't end before 300 MB"
    EndlessHeaders "endless-headers" "the answer's headers don't end before 300 MB"
    GzipBody "gzip-body" "the answer is compressed although nobody asked"
}

impl Misbehaviour {
    /// Those that spoil the exchange itself, at any endpoint that the relying party's server calls.
    const OF_THE_EXCHANGE: &[Self] = &[
        Self::Slow,
        Self::Dripping,
        Self::Down,
        Self::Error500,
        Self::Error503,
        Self::HugeBody,
        Self::EndlessHeaders,
        Self::GzipBody,
    ];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|misbehaviour| misbehaviour.name() == name)
    }
}

/// The misbehaviours that are switched on, each at all its endpoints or at some of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Misbehaviours(BTreeMap<Misbehaviour, Where>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Where {
    Everywhere,
    At(BTreeSet<Endpoint>),
}

/// Why a text names no misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnknownMisbehaviour {
    /// No misbehaviour has that name.
    Name { got: String, nearest: &'static str },
    /// After the `@` there is no endpoint that the relying party's server calls.
    Endpoint { got: String },
    /// It concerns one message only, and can't be moved to an endpoint.
    NotOfTheExchange { name: &'static str },
}

impl std::fmt::Display for UnknownMisbehaviour {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name { got, nearest } => {
                write!(
                    formatter,
                    "no misbehaviour is called `{got}`; did you mean `{nearest}`?"
                )
            }
            Self::Endpoint { got } => {
                write!(
                    formatter,
                    "`{got}` is no endpoint of metadata, jwks, par, token, userinfo, claims, revocation, introspection"
                )
            }
            Self::NotOfTheExchange { name } => {
                write!(
                    formatter,
                    "`{name}` concerns one message only; leave out the `@`"
                )
            }
        }
    }
}

impl std::error::Error for UnknownMisbehaviour {}

impl Misbehaviours {
    /// Parses names such as `wrong-nonce`, `slow` or `slow@token`.
    pub(crate) fn parse<'a>(
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, UnknownMisbehaviour> {
        let mut all = Self::default();
        for name in names {
            all.switch_on(name)?;
        }
        Ok(all)
    }

    fn switch_on(&mut self, text: &str) -> Result<(), UnknownMisbehaviour> {
        let (name, endpoint) = text
            .split_once('@')
            .map_or((text, None), |(name, at)| (name, Some(at)));
        let misbehaviour =
            Misbehaviour::from_name(name).ok_or_else(|| UnknownMisbehaviour::Name {
                got: name.to_owned(),
                nearest: nearest(name),
            })?;
        match endpoint {
            None => {
                self.0.insert(misbehaviour, Where::Everywhere);
            }
            Some(at) => self.limit(misbehaviour, back_channel_endpoint(at)?)?,
        }
        Ok(())
    }

    fn limit(
        &mut self,
        misbehaviour: Misbehaviour,
        endpoint: Endpoint,
    ) -> Result<(), UnknownMisbehaviour> {
        if !Misbehaviour::OF_THE_EXCHANGE.contains(&misbehaviour) {
            return Err(UnknownMisbehaviour::NotOfTheExchange {
                name: misbehaviour.name(),
            });
        }
        let place = self
            .0
            .entry(misbehaviour)
            .or_insert_with(|| Where::At(BTreeSet::new()));
        if let Where::At(endpoints) = place {
            endpoints.insert(endpoint);
        }
        Ok(())
    }

    /// Those that are switched on, in the catalogue's order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Misbehaviour> {
        self.0.keys().copied()
    }

    /// Whether it is switched on.
    pub(crate) fn has(&self, misbehaviour: Misbehaviour) -> bool {
        self.0.contains_key(&misbehaviour)
    }

    /// The first misbehaviour of the exchange that concerns this endpoint.
    pub(crate) fn of_the_exchange(&self, endpoint: Endpoint) -> Option<Misbehaviour> {
        if !endpoint.is_back_channel() {
            return None;
        }
        Misbehaviour::OF_THE_EXCHANGE
            .iter()
            .copied()
            .find(|misbehaviour| match self.0.get(misbehaviour) {
                None => false,
                Some(Where::Everywhere) => true,
                Some(Where::At(endpoints)) => endpoints.contains(&endpoint),
            })
    }

    /// The names of what is switched on.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .flat_map(|(misbehaviour, place)| place.names(misbehaviour.name()))
            .collect()
    }
}

impl Where {
    fn names(&self, name: &str) -> Vec<String> {
        match self {
            Self::Everywhere => vec![name.to_owned()],
            Self::At(endpoints) => endpoints
                .iter()
                .map(|endpoint| format!("{name}@{}", endpoint.name()))
                .collect(),
        }
    }
}

fn back_channel_endpoint(name: &str) -> Result<Endpoint, UnknownMisbehaviour> {
    let found = Endpoint::ALL
        .iter()
        .copied()
        .find(|endpoint| endpoint.is_back_channel() && endpoint.name() == name);
    found.ok_or_else(|| UnknownMisbehaviour::Endpoint {
        got: name.to_owned(),
    })
}

/// The name that takes the fewest edits to reach.
fn nearest(name: &str) -> &'static str {
    let names = Misbehaviour::ALL
        .iter()
        .map(|misbehaviour| misbehaviour.name());
    names
        .min_by_key(|known| edit_distance(name, known))
        .unwrap_or_default()
}

/// Levenshtein's distance in characters, one row at a time.
fn edit_distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut next = vec![line + 1];
        for ((right, window), &before) in to.chars().zip(row.windows(2)).zip(&row) {
            let above = window.last().copied().unwrap_or_default();
            let beside = next.last().copied().unwrap_or_default();
            next.push(
                (before + usize::from(left != right))
                    .min(above + 1)
                    .min(beside + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for &misbehaviour in Misbehaviour::ALL {
            assert_eq!(
                Misbehaviour::from_name(misbehaviour.name()),
                Some(misbehaviour)
            );
            assert!(!misbehaviour.says().is_empty());
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        let unknown = |name: &str| Misbehaviours::parse([name]).unwrap_err();
        assert_eq!(
            unknown("wrong-nonse"),
            UnknownMisbehaviour::Name {
                got: "wrong-nonse".to_owned(),
                nearest: "wrong-nonce"
            }
        );
        assert_eq!(
            unknown("userinfo-aray").to_string(),
            "no misbehaviour is called `userinfo-aray`; did you mean `userinfo-array`?"
        );
    }

    #[test]
    fn misbehaviours_of_the_exchange_can_be_limited_to_an_endpoint() {
        let some = Misbehaviours::parse(["slow@token", "slow@userinfo", "wrong-nonce"]).unwrap();
        assert_eq!(
            some.of_the_exchange(Endpoint::Token),
            Some(Misbehaviour::Slow)
        );
        assert_eq!(some.of_the_exchange(Endpoint::Jwks), None);
        assert_eq!(some.names(), ["wrong-nonce", "slow@token", "slow@userinfo"]);
        assert_eq!(
            Misbehaviours::parse(["slow@authorization"]),
            Err(UnknownMisbehaviour::Endpoint {
                got: "authorization".to_owned()
            })
        );
        assert_eq!(
            Misbehaviours::parse(["expired@token"]),
            Err(UnknownMisbehaviour::NotOfTheExchange { name: "expired" })
        );
    }

    #[test]
    fn the_pages_for_people_stay_up() {
        let down = Misbehaviours::parse(["down"]).unwrap();
        assert_eq!(
            down.of_the_exchange(Endpoint::Metadata),
            Some(Misbehaviour::Down)
        );
        assert_eq!(down.of_the_exchange(Endpoint::Authorization), None);
        assert_eq!(down.of_the_exchange(Endpoint::EndSession), None);
    }

    #[test]
    fn the_distance_counts_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("slow", "slow", 0),
            ("é", "e", 1),
        ] {
            assert_eq!(edit_distance(from, to), edits, "{from} {to}");
        }
    }
}
