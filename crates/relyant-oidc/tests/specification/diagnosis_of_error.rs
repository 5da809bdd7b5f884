//! What the doctor tells of each error: a line for every code of the catalogue, by the name of the diagnosis.

use std::collections::BTreeSet;

use relyant_oidc::Error;
use relyant_oidc::diagnosis::{Diagnosis, Symptom};
use relyant_oidc::error::{
    Clipped, Configuration, Incompatible, InvalidAccessToken, InvalidClaimSource,
    InvalidFrontChannelLogout, InvalidIntrospection, InvalidLogoutToken, InvalidToken,
    InvalidUserinfo, Misbehaved, Misuse, Refused, TlsFault, Transaction, Unavailable, catalogue,
};
use relyant_oidc::http::Endpoint;

type Row = (&'static str, Error);

/// Rows of errors whose fields are empty: they don't count for what the error means.
macro_rules! table {
    ($($kind:ident { $($name:literal: $($variant:ident $({ $($field:ident),+ })?),+;)+ })+) => {
        vec![$($($((
            $name,
            Error::from($kind::$variant $({ $($field: Default::default()),+ })?),
        ),)+)+)+]
    };
}

fn table() -> Vec<Row> {
    let mut table = of_the_setup();
    table.extend(of_the_way());
    table.extend(of_the_id_token());
    table.extend(of_the_access_token());
    table.extend(of_other_answers());
    table.extend(of_what_no_login_does());
    table.extend(by_their_fields());
    table
}

fn of_the_setup() -> Vec<Row> {
    table! {
        Configuration {
            "setting_unusable": IssuerInvalid { got, reason }, IssuerNotHttps { got }, TenantsMissing { issuer },
                TenantsUnused { issuer }, TenantInvalid { got }, ClientIdInvalid { got }, ClientSecretEmpty,
                ClientSecretMissing, ClientSecretTooShort { algorithm, bytes, least }, IdTokenAlgorithmUnknown { got },
                IdTokenAlgorithmsMixed { got }, PrivateKeyInvalid { reason }, ClientKeyMissing, ClientCredentialsUnused,
                ClientAuthUnknown { got }, ScopeInvalid { got }, AuthorizationOptionInvalid { name, got, expected },
                ResourceInvalid { got, reason }, RedirectUriInvalid { got, reason }, InternalBaseUrlInvalid { got, reason },
                TimeoutInvalid { got, limit }, DestinationForbidden { got, reason };
            "ca_file": CaFile { path, reason };
            "proxy_variable": ProxyInvalid { reason };
            "issuer_not_found": NoMetadataAtIssuer { url };
            "issuer_mismatch": IssuerMismatch { expected, got };
            "client_secret_refused": InvalidClient { description }, UnauthorizedClient { description };
            "redirect_uri_refused": RedirectUriRefused { got, description };
            "scope_refused": InvalidScope { description };
            "request_refused": InvalidRequest { description }, InvalidTarget { description };
            "code_flow_not_allowed": UnsupportedResponseType { description }, UnsupportedGrantType { description };
        }
        Incompatible {
            "pkce_not_offered": NoPkceS256 { got };
            "code_flow_not_offered": NoCodeFlow { got }, NoCodeGrant { got };
            "response_mode_not_offered": NoResponseMode { expected, got };
            "request_form_required": RequestFormRequired { name };
            "client_authentication_not_offered": NoClientAuthentication { got }, NoClientAssertionAlgorithm { expected, got };
            "algorithm_not_offered": NoSignatureAlgorithm { got };
            "token_type": TokenType { got };
            "id_token_encrypted": EncryptedIdToken;
            "userinfo_encrypted": EncryptedUserinfo;
            "encryption_algorithm": EncryptionAlgorithm { token, got };
            "access_token_too_large": AccessTokenTooLarge { bytes };
        }
    }
}

fn of_the_way() -> Vec<Row> {
    table! {
        Unavailable {
            "host_unknown": NameResolution { host, reason };
            "no_connection": Connect { host, reason };
            "proxy_refused": ProxyRefused { proxy, host, status, hint }, ProxyAnswer { proxy, host, reason };
            "no_answer": Timeout { host, seconds };
            "provider_down": Status { host, status, retry_after };
            "redirected": Redirect { host, target };
            "exchange_broken": TooLarge { host, limit }, HeadersTooLarge { host }, ContentEncoding { host, got },
                Protocol { host, reason };
            "own_fault": Randomness { reason };
        }
        Refused {
            "access_denied": AccessDenied { description }, InteractionRequired { error, description };
            "provider_failed": ServerError { description }, TemporarilyUnavailable { description };
            "code_refused": InvalidGrant { description };
            "request_refused": AuthorizationError { error, description }, TokenError { error, description };
        }
        Transaction {
            "callback_of_another_login": StateMissing, StateMismatch, Unreadable;
            "callback_too_late": Expired { seconds }, StartedInFuture { seconds };
            "callback_malformed": QueryTooLong { bytes }, ParameterRepeated { name };
        }
        Misbehaved {
            "metadata_unusable": MetadataMissing { name }, MetadataType { name, expected, got },
                MetadataEndpointInvalid { name, got, reason }, EndpointQueryCollision { endpoint, name };
            "endpoint_not_https": MetadataEndpointNotHttps { name, got };
            "key_set_unusable": JwkSetInvalid { reason };
            "callback_issuer": CallbackIssuerMismatch { expected, got }, CallbackIssuerMissing;
            "callback_malformed": FrontChannelToken { name }, CodeAndError, NeitherCodeNorError, CodeInvalid;
            "pushed_request_unusable": PushedRequestStatus { got }, PushedResponseMissing { name },
                PushedResponseType { name, expected, got };
            "token_response_unusable": TokenResponseMissing { name }, TokenResponseType { name, expected, got };
            "id_token_missing": IdTokenMissing;
            "userinfo_subject": UserinfoSubjectMissing, UserinfoSubjectMismatch { expected, got };
        }
    }
}

fn of_the_id_token() -> Vec<Row> {
    table! {
        InvalidToken {
            "id_token_not_encrypted": NotEncrypted;
            "encryption_algorithm": EncryptionMalformed { token, reason };
            "not_decrypted": EncryptionKeyUnknown { token, kid }, NotDecrypted { token };
            "id_token_algorithm": AlgorithmNotAllowed { expected, got };
            "id_token_signature": UnknownKey { kid }, NoFittingKey, AmbiguousKey, BadSignature;
            "id_token_kind": HeaderType { got }, IsAccessToken { got }, IsLogoutToken;
            "id_token_issuer": IssuerMissing, IssuerMismatch { expected, got }, TenantInvalid { claim, got },
                TenantNotAllowed { got };
            "id_token_subject": SubjectMissing, SubjectInvalid, AccountInvalid { claim, got };
            "id_token_audience": AudienceMissing, AudienceInvalid, AudienceMismatch { expected, got },
                AudienceUntrusted { got }, AuthorizedPartyMissing, AuthorizedPartyMismatch { expected, got };
            "token_times": Expired { seconds }, IssuedInFuture { seconds }, IssuedTooLongAgo { seconds },
                NotYetValid { seconds };
            "id_token_nonce": NonceMissing, NonceMismatch;
            "sign_in_not_as_asked": AuthTimeMissing, AuthTimeInFuture { seconds },
                SignInTooLongAgo { seconds, limit, leeway }, AcrMismatch { expected, got }, AmrMismatch { expected, got };
            "id_token_access_token_hash": AccessTokenHashInvalid, AccessTokenHashMismatch;
            "id_token_malformed": Malformed { reason }, ClaimsMalformed { reason }, ClaimType { claim, expected, got },
                ExpiryMissing, ExpiryInvalid { got }, IssuedAtMissing, IssuedAtInvalid { got }, NotBeforeInvalid { got };
        }
    }
}

fn of_the_access_token() -> Vec<Row> {
    table! {
        InvalidAccessToken {
            "access_token_kind": HeaderType { expected, got }, BodyType { expected, got }, IsIdToken, IsLogoutToken,
                IsIntrospection;
            "access_token_of_another": IssuerMismatch { expected, got }, AuthorizedPartyMismatch { expected, got },
                SubjectMismatch { expected, got };
            "token_times": Expired { seconds }, IssuedInFuture { seconds }, NotYetValid { seconds };
            "access_token_unusable": Malformed { reason }, AlgorithmNotAllowed { expected, got }, UnknownKey { kid },
                NoFittingKey, AmbiguousKey, BadSignature, ClaimsMalformed { reason }, ExpiryInvalid { got },
                IssuedAtInvalid { got }, NotBeforeInvalid { got };
        }
    }
}

fn of_other_answers() -> Vec<Row> {
    table! {
        InvalidUserinfo {
            "userinfo_refused": Malformed { reason }, AlgorithmNotAllowed { expected, got }, UnknownKey { kid },
                NoFittingKey, AmbiguousKey, BadSignature, ClaimsMalformed { reason }, Unsigned, HeaderType { got },
                OtherKind { name }, IssuerMismatch { expected, got }, AudienceMismatch { expected, got },
                TimeInvalid { claim, got }, Expired { seconds }, NotYetValid { seconds }, IssuedInFuture { seconds };
        }
        InvalidClaimSource {
            "claim_source_left_out": Unreadable { reason }, TooMany { limit }, EndpointForbidden { got },
                Malformed { reason }, IssuerUntrusted { got }, AlgorithmNotAllowed { expected, got }, UnknownKey { kid },
                NoFittingKey, AmbiguousKey, BadSignature, ClaimsMalformed { reason }, HeaderType { got },
                OtherKind { name }, AudienceMismatch { expected, got }, TimeInvalid { claim, got }, Expired { seconds },
                NotYetValid { seconds }, IssuedInFuture { seconds }, SubjectInvalid, SubjectMismatch { expected, got },
                ClaimMissing { name };
        }
    }
}

/// A login refreshes and revokes nothing, logs nobody out, and is no API: these can't end it.
fn of_what_no_login_does() -> Vec<Row> {
    table! {
        Configuration {
            "own_fault": RefreshNotAllowed { error, description }, AudienceInvalid { got }, IntrospectionOfPublicClient,
                ClientCredentialsOfPublicClient, ClientCredentialsNotAllowed { error, description };
        }
        Refused {
            "own_fault": RefreshToken { description }, RevocationError { error, description },
                IntrospectionError { error, description };
        }
        Misbehaved {
            "own_fault": IntrospectionActive { got };
        }
        Incompatible {
            "own_fault": EncryptedLogoutToken, EncryptedAccessToken, EncryptedIntrospection, NoIntrospectionEndpoint,
                NoIntrospectionAuthentication { expected, got };
        }
        InvalidToken {
            "own_fault": RefreshedSubjectMismatch { expected, got }, RefreshedAudienceMismatch { expected, got },
                RefreshedAuthorizedPartyMismatch { expected, got }, RefreshedIssuedEarlier { seconds },
                RefreshedAuthTimeMismatch { expected, got };
        }
        InvalidAccessToken {
            "own_fault": TooLong { bytes }, Characters, NotMarked, TokenType { got }, AudienceInvalid,
                AudienceMismatch { expected, got }, SubjectMissing, SubjectInvalid, ClientIdInvalid, JtiInvalid,
                ScopeInvalid { got }, ClaimType { claim, expected, got }, SenderConstrained, IssuedTooLongAgo { seconds };
        }
        InvalidLogoutToken {
            "own_fault": Malformed { reason }, AlgorithmNotAllowed { expected, got }, UnknownKey { kid }, NoFittingKey,
                AmbiguousKey, BadSignature, ClaimsMalformed { reason }, HeaderType { got }, IsAccessToken { got },
                IssuerMismatch { expected, got }, AudienceInvalid, AudienceMismatch { expected, got },
                AudienceUntrusted { got }, ExpiryInvalid { got }, Expired { seconds }, IssuedAtInvalid { got },
                IssuedInFuture { seconds }, IssuedTooLongAgo { seconds }, NotBeforeInvalid { got },
                NotYetValid { seconds }, NeitherSubjectNorSid, SubjectInvalid, SidInvalid, EventsInvalid { got },
                NoLogoutEvent { got }, LogoutEventInvalid { got }, NoncePresent, JtiInvalid;
        }
        InvalidFrontChannelLogout {
            "own_fault": QueryTooLong { bytes }, ParameterMissing { name }, ParameterRepeated { name },
                IssuerMismatch { expected, got }, SidInvalid;
        }
        InvalidIntrospection {
            "own_fault": Malformed { reason }, AlgorithmNotAllowed { expected, got }, UnknownKey { kid }, NoFittingKey,
                AmbiguousKey, BadSignature, ClaimsMalformed { reason }, HeaderType { got },
                IssuerMismatch { expected, got }, AudienceMismatch { expected, got }, IssuedAtInvalid { got },
                IssuedInFuture { seconds }, IssuedTooLongAgo { seconds }, NoTokenIntrospection { got }, Unsigned;
        }
        Misuse {
            "own_fault": KeysOfAnotherIssuer, ClaimsOfAnotherLogin, DemandsForgotten, NoRefreshToken,
                ClientAssertionUnsigned;
        }
    }
}

/// The errors whose fields say what they are about.
fn by_their_fields() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, fault) in [
        ("tls_unknown_authority", TlsFault::UnknownAuthority),
        ("tls_expired", TlsFault::Expired),
        ("tls_not_yet_valid", TlsFault::NotYetValid),
        ("tls_wrong_host", TlsFault::WrongHost),
        ("tls_failed", TlsFault::Other),
    ] {
        let (host, reason) = Default::default();
        rows.push((
            name,
            Unavailable::Tls {
                host,
                fault,
                reason,
            }
            .into(),
        ));
    }
    for (name, endpoint) in [
        ("metadata_unusable", Endpoint::Metadata),
        ("key_set_unusable", Endpoint::JwkSet),
        ("token_response_unusable", Endpoint::Token),
        ("pushed_request_unusable", Endpoint::PushedAuthorization),
        ("userinfo_unusable", Endpoint::Userinfo),
        ("claim_source_left_out", Endpoint::ClaimSource),
        ("own_fault", Endpoint::Revocation),
        ("own_fault", Endpoint::Introspection),
    ] {
        let (got, reason) = Default::default();
        rows.push((name, Misbehaved::Status { endpoint, got: 418 }.into()));
        rows.push((name, Misbehaved::ContentType { endpoint, got }.into()));
        rows.push((name, Misbehaved::Json { endpoint, reason }.into()));
    }
    rows
}

#[test]
fn each_error_is_the_diagnosis_of_whoever_mends_it() {
    for (expected, error) in table() {
        let symptom = Symptom::of(&error);
        assert_eq!(symptom.diagnosis.name(), expected, "{error}");
        assert_eq!(symptom.code, Some(error.code()));
        assert_eq!(symptom.detail, error.to_string());
    }
}

#[test]
fn no_code_of_the_catalogue_is_forgotten_here() {
    let here: BTreeSet<_> = table().iter().map(|(_, error)| error.code()).collect();
    let all: BTreeSet<_> = catalogue().into_iter().map(|(code, _)| code).collect();
    assert_eq!(here, all);
}

// RFC 7636 §4.5
#[test]
fn a_code_that_is_refused_for_its_verifier_is_told_from_one_that_is_used_up() {
    for (description, expected) in [
        ("PKCE verification failed", "pkce_refused"),
        ("Code verifier is missing", "pkce_refused"),
        ("Code not valid", "code_refused"),
    ] {
        let description = Clipped::new(description);
        let error = Refused::InvalidGrant { description }.into();
        assert_eq!(Diagnosis::of(&error).name(), expected, "{error}");
    }
}

// RFC 6749 §4.1.2.1, §5.2
#[test]
fn an_error_of_the_authorization_endpoint_is_told_apart_where_the_word_has_two_meanings() {
    for (expected, error) in table() {
        let expected = match error.code() {
            "configuration.unauthorized_client" => "code_flow_not_allowed",
            _ => expected,
        };
        let symptom = Symptom::of_login(&error, "state=s&error=e");
        assert_eq!(symptom.diagnosis.name(), expected, "{error}");
    }
}

#[test]
fn what_no_error_stands_for_is_seen() {
    let of_errors: BTreeSet<_> = table().into_iter().map(|(name, _)| name).collect();
    let all = Diagnosis::ALL.iter().map(|diagnosis| diagnosis.name());
    let seen: Vec<_> = all.filter(|name| !of_errors.contains(name)).collect();
    let expected = [
        "no_end_session_endpoint",
        "clock_difference",
        "no_fitting_key",
        "keys_skipped",
        "client_unknown",
        "post_logout_redirect_uri_refused",
        "pkce_refused",
        "access_token_opaque",
        "access_token_lightweight",
        "access_token_without_subject",
        "email_unverified",
    ];
    assert_eq!(seen, expected);
}
