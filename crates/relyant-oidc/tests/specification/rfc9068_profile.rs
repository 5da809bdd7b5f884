//! RFC 9068 §2.1, §2.2: what the profile of one provider forgives, one thing at a time, and the marks that it adds.

use relyant_oidc::access_token::{Audience, Leniency, ServiceAccountMarks, validate};
use relyant_oidc::error::InvalidAccessToken;
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_ID, NOW, clipped, id_token_claims, keys, metadata, registration, remove,
};
use crate::rfc9068::{
    API, APP, claims, forgiving, keycloak, refused, sign, sign_typed, validate_under, validated,
};

/// A person's token as Keycloak 26.7 makes it, with an audience mapper.
fn keycloak_claims() -> Value {
    let mut claims = crate::brewery::access_token_claims();
    claims["aud"] = json!([API, "account"]);
    claims["jti"] = json!("onrtac:1");
    claims["acr"] = json!("1");
    claims
}

// RS-07
#[test]
fn the_preset_knows_service_accounts_by_any_of_their_marks() {
    let principal = |change: fn(&mut Value)| {
        let mut claims = keycloak_claims();
        change(&mut claims);
        let valid = validate_under(&keycloak(), &sign_typed(&claims, &json!("JWT"))).unwrap();
        assert_eq!(valid.client_id(), CLIENT_ID);
        assert_eq!(valid.is_service(), valid.subject().is_none());
        valid.is_service()
    };
    assert!(!principal(|_| {}));
    assert!(principal(|it| remove(it, "sid")));
    assert!(principal(|it| it["clientAddress"] = json!("192.0.2.1")));
    assert!(principal(|it| it["clientHost"] = json!(null)));
    assert!(principal(|it| it["sub"] = json!(CLIENT_ID)));
    // Without the preset's marks, an account's `sub` would be taken for a person's.
    let mut unmarked = keycloak();
    unmarked.service_accounts = ServiceAccountMarks::default();
    let mut claims = keycloak_claims();
    remove(&mut claims, "sid");
    let valid = validate_under(&unmarked, &sign_typed(&claims, &json!("JWT"))).unwrap();
    assert!(!valid.is_service());
}

/// What each leniency forgives, and what it doesn't: the change, and the error without it, where a header has one of `types`.
fn forgiven(leniency: Leniency, types: &str) -> (Value, Value, InvalidAccessToken) {
    use InvalidAccessToken as E;
    let header_type = |got: &str| E::HeaderType {
        expected: clipped(types),
        got: clipped(got),
    };
    let mut claims = claims();
    let (typ, error) = match leniency {
        Leniency::HeaderTypeJwt => (json!("JWT"), header_type("JWT")),
        Leniency::HeaderTypeAbsent => (json!(null), header_type("")),
        Leniency::ClientIdFromAzp => {
            remove(&mut claims, "client_id");
            claims["azp"] = json!(APP);
            (json!("at+jwt"), E::ClientIdInvalid)
        }
        Leniency::JtiAbsent => {
            remove(&mut claims, "jti");
            (json!("at+jwt"), E::JtiInvalid)
        }
        Leniency::SubjectAbsent => {
            remove(&mut claims, "sub");
            (json!("at+jwt"), E::SubjectMissing)
        }
    };
    (claims, typ, error)
}

// RS-03
#[test]
fn each_leniency_forgives_one_thing_and_no_other() {
    for leniency in Leniency::ALL {
        let (claims, typ, error) = forgiven(leniency, "at+jwt");
        let raw = sign_typed(&claims, &typ);
        assert_eq!(validated(&raw), refused(error), "{leniency:?}");
        assert!(
            validate_under(&forgiving(&[leniency]), &raw).is_ok(),
            "{leniency:?}"
        );
        let others: Vec<_> = Leniency::ALL
            .into_iter()
            .filter(|one| *one != leniency)
            .collect();
        let under_others = validate_under(&forgiving(&others), &raw);
        let types = match leniency {
            Leniency::HeaderTypeJwt => "at+jwt or none",
            Leniency::HeaderTypeAbsent => "at+jwt or JWT",
            _ => "at+jwt, JWT or none",
        };
        let (_, _, error) = forgiven(leniency, types);
        assert_eq!(under_others, refused(error), "{leniency:?}");
    }
}

// RS-07
#[test]
fn a_token_without_a_subject_is_a_clients_own() {
    let (claims, typ, _) = forgiven(Leniency::SubjectAbsent, "at+jwt");
    let raw = sign_typed(&claims, &typ);
    let valid = validate_under(&forgiving(&[Leniency::SubjectAbsent]), &raw).unwrap();
    assert_eq!((valid.is_service(), valid.subject()), (true, None));
}

#[test]
fn what_a_leniency_lets_be_absent_is_checked_where_it_is_there() {
    let all = forgiving(&Leniency::ALL);
    for (claim, expected) in [
        ("jti", InvalidAccessToken::JtiInvalid),
        ("sub", InvalidAccessToken::SubjectInvalid),
        ("client_id", InvalidAccessToken::ClientIdInvalid),
    ] {
        let mut claims = claims();
        claims["azp"] = json!(APP);
        claims[claim] = json!(null);
        assert_eq!(validate_under(&all, &sign(&claims)), refused(expected));
    }
    let logout = sign_typed(&claims(), &json!("logout+jwt"));
    let expected = InvalidAccessToken::HeaderType {
        expected: clipped("at+jwt, JWT or none"),
        got: clipped("logout+jwt"),
    };
    assert_eq!(validate_under(&all, &logout), refused(expected));
}

// RS-03
#[test]
fn the_providers_own_mark_must_be_there() {
    let body_type = |got: &str| InvalidAccessToken::BodyType {
        expected: clipped("Bearer"),
        got: clipped(got),
    };
    for typ in ["JWT", "at+jwt"] {
        for (mark, got) in [
            (json!("ID"), "ID"),
            (json!("Refresh"), "Refresh"),
            (json!("Logout"), "Logout"),
            (json!("bearer"), "bearer"),
            (json!(null), "null"),
            (json!(["Bearer"]), "[\"Bearer\"]"),
        ] {
            let mut claims = keycloak_claims();
            claims["typ"] = mark;
            let raw = sign_typed(&claims, &json!(typ));
            assert_eq!(validate_under(&keycloak(), &raw), refused(body_type(got)));
        }
        let mut unmarked = keycloak_claims();
        remove(&mut unmarked, "typ");
        let raw = sign_typed(&unmarked, &json!(typ));
        assert_eq!(validate_under(&keycloak(), &raw), refused(body_type("")));
        let raw = sign_typed(&keycloak_claims(), &json!(typ));
        assert!(validate_under(&keycloak(), &raw).is_ok(), "{typ}");
    }
}

// RS-03, ID-16
// Core §3.3.2.11
#[test]
fn without_any_mark_a_scope_tells_it_from_an_id_token() {
    let lenient = forgiving(&[Leniency::HeaderTypeJwt]);
    let with = |change: fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        validate_under(&lenient, &sign_typed(&claims, &json!("JWT")))
    };
    assert!(with(|it| it["typ"] = json!("Bearer")).is_ok());
    for (change, expected) in [
        (
            (|it| remove(it, "scope")) as fn(&mut Value),
            InvalidAccessToken::NotMarked,
        ),
        (
            |it| it["scope"] = json!(["a"]),
            InvalidAccessToken::NotMarked,
        ),
        (|it| it["nonce"] = json!("n"), InvalidAccessToken::IsIdToken),
        (
            |it| it["at_hash"] = json!("h"),
            InvalidAccessToken::IsIdToken,
        ),
        (
            |it| it["c_hash"] = json!("h"),
            InvalidAccessToken::IsIdToken,
        ),
        (
            |it| it["events"] = json!({}),
            InvalidAccessToken::IsLogoutToken,
        ),
        (
            |it| it["token_introspection"] = json!({}),
            InvalidAccessToken::IsIntrospection,
        ),
        (
            |it| it["typ"] = json!("Refresh"),
            InvalidAccessToken::BodyType {
                expected: clipped("Bearer"),
                got: clipped("Refresh"),
            },
        ),
    ] {
        assert_eq!(with(change), refused(expected));
    }
}

#[test]
fn an_id_token_for_an_api_of_the_same_name_is_none() {
    // Where the API is called as the client is, an ID token has the API's audience.
    let us = Audience::parse(CLIENT_ID).unwrap();
    let registration = ClientRegistration {
        access_token_profile: forgiving(&Leniency::ALL),
        ..registration()
    };
    let mut bare = id_token_claims();
    for claim in ["typ", "nonce", "sid"] {
        remove(&mut bare, claim);
    }
    let raw = sign_typed(&bare, &json!("JWT"));
    let got = validate(&raw, &keys(), &metadata(), &registration, &us, NOW);
    assert_eq!(got, refused(InvalidAccessToken::NotMarked));
}
