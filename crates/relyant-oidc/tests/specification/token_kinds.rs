//! RFC 8725 §3.11, §3.12: each kind of token before each of its acceptors; only its own takes it.

use relyant_oidc::Error;
use relyant_oidc::access_token::{
    AccessTokenProfile, AccessTokenRules, Audience, Leniency, validate, validate_as_claims_source,
};
use relyant_oidc::http::HttpResponse;
use relyant_oidc::id_token;
use relyant_oidc::introspection::process_introspection_response;
use relyant_oidc::logout::back_channel;
use relyant_oidc::registration::{ClientRegistration, RequiredProtection};
use relyant_oidc::token::refresh::{FormerIdToken, validate_refreshed};
use relyant_oidc::userinfo::process_userinfo_response;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, ISSUER, KEY, NOW, OPAQUE, SUBJECT, access_token_claims, access_token_rules, answer,
    exchange, id_token_claims, keys, login, logout_token_claims, metadata, registration, remove,
    sign_as, valid_id_token,
};
use crate::rfc9068::{forgiving, keycloak};

/// What takes a token, and the code with which it refuses this one; none where it takes it.
struct Verdicts {
    login: Option<&'static str>,
    refresh: Option<&'static str>,
    claims: Option<&'static str>,
    logout: Option<&'static str>,
}

fn code<T>(result: Result<T, Error>) -> Option<&'static str> {
    result.map_or_else(|error| Some(error.code()), |_| None)
}

fn verdicts(rules: Option<&AccessTokenRules>, raw: &str) -> Verdicts {
    let (keys, metadata) = (keys(), metadata());
    let registration = ClientRegistration {
        claims_from_access_token: rules.cloned(),
        ..registration()
    };
    let (login, former) = (login(), valid_id_token());
    let most_lenient = unmarked();
    Verdicts {
        login: code(id_token::validate(
            raw,
            &keys,
            &metadata,
            &registration,
            &login,
            Some(OPAQUE),
            NOW,
        )),
        refresh: code(validate_refreshed(
            raw,
            &keys,
            &metadata,
            &registration,
            &FormerIdToken::of(&former),
            OPAQUE,
            NOW,
        )),
        claims: code(validate_as_claims_source(
            raw,
            &keys,
            &metadata,
            &registration,
            rules.unwrap_or(&most_lenient),
            &former,
            NOW,
        )),
        logout: code(back_channel::validate(
            raw,
            &keys,
            &metadata,
            &registration,
            NOW,
        )),
    }
}

/// The rules of a provider that marks its access tokens by nothing.
fn unmarked() -> AccessTokenRules {
    AccessTokenRules {
        body_type: None,
        ..access_token_rules()
    }
}

/// Every set of rules for access tokens, the most lenient too.
fn all_rules() -> [Option<AccessTokenRules>; 3] {
    [Some(access_token_rules()), Some(unmarked()), None]
}

fn token(claims: &Value, typ: &Value) -> String {
    sign_as(&KEY, claims, &json!({ "typ": typ }))
}

// ID-16
#[test]
fn an_id_token_is_for_a_login_and_a_refresh_alone_under_every_leniency() {
    for rules in all_rules() {
        for typ in [json!("JWT"), json!(null)] {
            let verdicts = verdicts(rules.as_ref(), &token(&id_token_claims(), &typ));
            assert_eq!((verdicts.login, verdicts.refresh), (None, None));
            assert!(verdicts.claims.is_some(), "{rules:?} {typ}");
            assert_eq!(
                verdicts.logout,
                Some("invalid_token.logout_token_events_invalid")
            );
        }
    }
    // With the event of a logout in it, it is neither.
    let mut both = id_token_claims();
    for (name, value) in logout_token_claims().as_object().unwrap() {
        both[name] = value.clone();
    }
    for rules in all_rules() {
        let verdicts = verdicts(rules.as_ref(), &token(&both, &json!("JWT")));
        let is_logout_token = Some("invalid_token.is_logout_token");
        assert_eq!(verdicts.login, is_logout_token);
        assert_eq!(verdicts.refresh, is_logout_token);
        assert_eq!(
            verdicts.logout,
            Some("invalid_token.logout_token_nonce_present")
        );
    }
}

// ID-16
#[test]
fn an_access_token_is_for_claims_alone_under_every_leniency() {
    let usual = access_token_claims();
    let mut for_us = access_token_claims();
    for_us["aud"] = json!(CLIENT_ID);
    for rules in all_rules() {
        let marked = rules.as_ref().is_some_and(|it| it.body_type.is_some());
        for (typ, login, logout) in [
            (
                "at+jwt",
                "invalid_token.header_type",
                "invalid_token.logout_token_header_type",
            ),
            if marked {
                (
                    "JWT",
                    "invalid_token.is_access_token",
                    "invalid_token.logout_token_is_access_token",
                )
            } else {
                (
                    "JWT",
                    "invalid_token.nonce_missing",
                    "invalid_token.logout_token_events_invalid",
                )
            },
        ] {
            let with_our_audience = verdicts(rules.as_ref(), &token(&for_us, &json!(typ)));
            assert_eq!(with_our_audience.claims, None, "{rules:?} {typ}");
            assert_eq!(with_our_audience.login, Some(login), "{rules:?} {typ}");
            assert_eq!(with_our_audience.logout, Some(logout), "{rules:?} {typ}");
            let usual = verdicts(rules.as_ref(), &token(&usual, &json!(typ)));
            // Without a mark, the audience alone tells it at a refresh: no nonce must be there.
            let refresh = match login {
                "invalid_token.nonce_missing" => "invalid_token.audience_mismatch",
                by_its_mark => by_its_mark,
            };
            assert_eq!(usual.refresh, Some(refresh), "{rules:?} {typ}");
        }
    }
}

// ID-16
#[test]
fn a_logout_token_is_for_a_logout_alone_under_every_leniency() {
    for rules in all_rules() {
        for (typ, login, claims) in [
            (
                json!("logout+jwt"),
                "invalid_token.header_type",
                "invalid_token.access_token_header_type",
            ),
            (
                json!("JWT"),
                "invalid_token.is_logout_token",
                "invalid_token.access_token_is_logout_token",
            ),
        ] {
            let verdicts = verdicts(rules.as_ref(), &token(&logout_token_claims(), &typ));
            assert_eq!(verdicts.logout, None, "{rules:?} {typ}");
            assert_eq!(verdicts.login, Some(login), "{rules:?} {typ}");
            assert_eq!(verdicts.refresh, Some(login), "{rules:?} {typ}");
            assert_eq!(verdicts.claims, Some(claims), "{rules:?} {typ}");
        }
    }
}

/// The kinds of JWT that a provider signs with one and the same keys. All are made to fit as far as their kind lets them: for
/// this client, which is the API's name too, about this person, and of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Id,
    Access,
    Logout,
    Refresh,
    Userinfo,
    Introspection,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Id,
        Self::Access,
        Self::Logout,
        Self::Refresh,
        Self::Userinfo,
        Self::Introspection,
    ];

    fn claims(self) -> Value {
        let told = || {
            json!({
                "active": true, "iss": ISSUER, "aud": CLIENT_ID, "sub": SUBJECT, "client_id": "app",
                "token_type": "Bearer", "exp": NOW.0 + 300, "iat": NOW.0, "jti": "at-1", "scope": "openid",
            })
        };
        match self {
            Self::Id => id_token_claims(),
            Self::Access => {
                let mut claims = access_token_claims();
                claims["aud"] = json!(CLIENT_ID);
                claims["client_id"] = json!("app");
                claims["jti"] = json!("at-1");
                claims
            }
            Self::Logout => logout_token_claims(),
            // As Keycloak's, but signed with a public key, and for us.
            Self::Refresh => json!({
                "iss": ISSUER, "aud": CLIENT_ID, "sub": SUBJECT, "azp": CLIENT_ID, "typ": "Refresh", "jti": "rt-1",
                "sid": "session-1", "scope": "openid profile", "exp": NOW.0 + 1_800, "iat": NOW.0,
            }),
            Self::Userinfo => json!({
                "iss": ISSUER, "aud": CLIENT_ID, "sub": SUBJECT, "exp": NOW.0 + 300, "iat": NOW.0, "jti": "ui-1",
                "azp": CLIENT_ID, "email": "carol@brewery.example",
            }),
            Self::Introspection => json!({
                "iss": ISSUER, "aud": CLIENT_ID, "iat": NOW.0, "token_introspection": told(),
            }),
        }
    }

    /// The header types that such a token may have.
    fn types(self) -> Vec<Value> {
        match self {
            Self::Id | Self::Refresh | Self::Userinfo => vec![json!("JWT"), json!(null)],
            Self::Access => vec![json!("at+jwt"), json!("application/at+jwt")],
            Self::Logout => vec![json!("logout+jwt"), json!("JWT"), json!(null)],
            Self::Introspection => vec![json!("token-introspection+jwt")],
        }
    }

    /// Every form of it, without what its issuer may leave out too.
    fn tokens(self) -> Vec<String> {
        let mut forms = vec![self.claims()];
        for optional in ["typ", "sid", "azp", "acr", "amr", "auth_time"] {
            let mut bare = forms.last().unwrap().clone();
            if bare.get(optional).is_some() {
                remove(&mut bare, optional);
                if self == Self::Refresh {
                    // One that nothing marks is known by its audience: it goes back to its issuer alone.
                    bare["aud"] = json!(ISSUER);
                }
                forms.push(bare);
            }
        }
        let signed = |claims: &Value| {
            let types = self.types();
            let tokens = types.iter().map(|typ| token(claims, typ));
            tokens.collect::<Vec<_>>()
        };
        forms.iter().flat_map(signed).collect()
    }
}

/// Every set of leniencies, and what Keycloak's preset forgives.
fn every_profile() -> Vec<AccessTokenProfile> {
    let mut profiles: Vec<_> = (0_u32..1 << Leniency::ALL.len())
        .map(|set| {
            let numbered = Leniency::ALL.into_iter().enumerate();
            let chosen = numbered.filter(|(number, _)| set & (1 << number) != 0);
            forgiving(&chosen.map(|(_, leniency)| leniency).collect::<Vec<_>>())
        })
        .collect();
    profiles.push(keycloak());
    profiles
}

fn as_api(profile: &AccessTokenProfile, raw: &str) -> Option<&'static str> {
    let registration = ClientRegistration {
        access_token_profile: profile.clone(),
        ..registration()
    };
    let us = Audience::parse(CLIENT_ID).unwrap();
    code(validate(raw, &keys(), &metadata(), &registration, &us, NOW))
}

// ID-16, RS-03, RS-12
#[test]
fn an_api_takes_access_tokens_alone_under_every_set_of_leniencies() {
    let profiles = every_profile();
    for kind in Kind::ALL {
        for raw in kind.tokens() {
            for profile in &profiles {
                let taken = as_api(profile, &raw).is_none();
                if kind == Kind::Access && profile.body_type.is_none() {
                    assert!(taken, "{profile:?}");
                } else if kind != Kind::Access {
                    assert!(!taken, "{kind:?} under {profile:?}: {raw}");
                }
            }
        }
    }
}

/// The userinfo endpoint's and the introspection endpoint's answer, and the code with which it is refused.
fn as_answers(raw: &str) -> [Option<&'static str>; 2] {
    let (id_token, keys, metadata) = (valid_id_token(), keys(), metadata());
    let strict = ClientRegistration {
        required: RequiredProtection {
            signed_userinfo: true,
            signed_introspection: true,
            ..RequiredProtection::default()
        },
        access_token_profile: forgiving(&Leniency::ALL),
        ..registration()
    };
    let body = |media_type: &str| -> HttpResponse { answer(200, media_type, raw) };
    let userinfo = body("application/jwt");
    let introspection = body("application/token-introspection+jwt");
    let us = Audience::parse(CLIENT_ID).unwrap();
    [
        code(process_userinfo_response(
            &id_token, &userinfo, &keys, &metadata, &strict, NOW,
        )),
        code(process_introspection_response(
            &exchange(),
            &introspection,
            &keys,
            &metadata,
            &strict,
            &us,
            NOW,
        )),
    ]
}

// ID-16, RS-12
#[test]
fn each_acceptor_takes_its_own_kind_alone() {
    for kind in Kind::ALL {
        for typ in kind.types() {
            let raw = token(&kind.claims(), &typ);
            let rules = access_token_rules();
            let by_rules = verdicts(Some(&rules), &raw);
            let [userinfo, introspection] = as_answers(&raw);
            let takes = |verdict: Option<&str>, own: Kind| {
                assert_eq!(
                    verdict.is_none(),
                    kind == own,
                    "{kind:?} {typ}: {verdict:?}"
                );
            };
            takes(by_rules.login, Kind::Id);
            takes(by_rules.logout, Kind::Logout);
            takes(introspection, Kind::Introspection);
            takes(as_api(&AccessTokenProfile::default(), &raw), Kind::Access);
            if kind != Kind::Refresh {
                takes(userinfo, Kind::Userinfo);
            }
        }
    }
}
