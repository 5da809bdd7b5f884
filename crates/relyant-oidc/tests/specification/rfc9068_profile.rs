//! RFC 9068 §2.1, §2.2: what the profile of one provider forgives, one thing at a time, and the marks that it adds.

use relyant_oidc::Error;
use relyant_oidc::access_token::{
    AccessTokenProfile, Audience, Leniency, ServiceAccountMarks, validate,
};
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
        Leniency::ClientIdFromCid => {
            remove(&mut claims, "client_id");
            claims["cid"] = json!(APP);
            (json!("at+jwt"), E::ClientIdInvalid)
        }
        Leniency::ScopeFromScp => {
            remove(&mut claims, "scope");
            claims["scp"] = json!("beers.read");
            (json!("JWT"), E::NotMarked)
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
    let alone = |one: &Leniency| *one != Leniency::ScopeFromScp;
    for leniency in Leniency::ALL.into_iter().filter(alone) {
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

// RS-03, RS-08
#[test]
fn scopes_elsewhere_mark_an_access_token_and_are_read_only_where_that_is_forgiven() {
    let both = forgiving(&[Leniency::HeaderTypeJwt, Leniency::ScopeFromScp]);
    let (claims, typ, error) = forgiven(Leniency::ScopeFromScp, "at+jwt");
    let raw = sign_typed(&claims, &typ);
    let header_alone = validate_under(&forgiving(&[Leniency::HeaderTypeJwt]), &raw);
    assert_eq!(header_alone, refused(error));
    let scopes = |profile: &AccessTokenProfile, claims: &Value, typ: &str| {
        let valid = validate_under(profile, &sign_typed(claims, &json!(typ)))?;
        Ok::<_, Error>(valid.scopes().iter().cloned().collect::<Vec<_>>())
    };
    assert_eq!(
        scopes(&both, &claims, "JWT"),
        Ok(vec!["beers.read".to_owned()])
    );
    // Unforgiven, they are no scopes at all.
    assert_eq!(scopes(&forgiving(&[]), &claims, "at+jwt"), Ok(vec![]));
    for (scp, expected) in [
        (json!("a b"), vec!["a", "b"]),
        (json!(["b", "a"]), vec!["a", "b"]),
        (json!([]), vec![]),
        (json!(""), vec![]),
    ] {
        let mut changed = claims.clone();
        changed["scp"] = scp;
        let expected = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(scopes(&both, &changed, "JWT"), Ok(expected), "{changed}");
    }
    for (scp, got) in [
        (json!(["a b"]), r#"["a b"]"#),
        (json!(["a", 1]), r#"["a",1]"#),
        (json!("a  b"), "a  b"),
        (json!([""]), r#"[""]"#),
    ] {
        let mut changed = claims.clone();
        changed["scp"] = scp;
        let expected = InvalidAccessToken::ScopeInvalid { got: clipped(got) };
        assert_eq!(scopes(&both, &changed, "JWT"), Err(expected.into()));
    }
    for scp in [json!(null), json!({"a": true}), json!(1)] {
        let mut changed = claims.clone();
        changed["scp"] = scp;
        assert_eq!(
            scopes(&both, &changed, "JWT"),
            Err(InvalidAccessToken::NotMarked.into())
        );
    }
    // The standard's claim wins, whatever stands beside it.
    let mut standard = claims.clone();
    standard["scope"] = json!("a");
    assert_eq!(scopes(&both, &standard, "JWT"), Ok(vec!["a".to_owned()]));
}

// RS-07
#[test]
fn a_profile_says_which_claim_names_the_person_and_what_a_client_calls_itself() {
    let profile = AccessTokenProfile {
        subject: Some("uid".to_owned()),
        ..forgiving(&[])
    };
    let mut claims = claims();
    claims["sub"] = json!("carol@brewery.example");
    claims["uid"] = json!("00u1");
    let principal = |profile: &AccessTokenProfile, claims: &Value| {
        let valid = validate_under(profile, &sign(claims))?;
        Ok::<_, Error>(valid.subject().map(|subject| subject.as_str().to_owned()))
    };
    assert_eq!(principal(&profile, &claims), Ok(Some("00u1".to_owned())));
    claims["uid"] = json!(1);
    assert_eq!(
        principal(&profile, &claims),
        Err(InvalidAccessToken::SubjectInvalid.into())
    );
    remove(&mut claims, "uid");
    assert_eq!(
        principal(&profile, &claims),
        Ok(None),
        "nobody's, where it names no person"
    );
    let mut services = forgiving(&[]);
    services.service_accounts.subject = Some("{client_id}@clients".to_owned());
    for (subject, person) in [
        (format!("{APP}@clients"), false),
        (APP.to_owned(), false),
        ("other@clients".to_owned(), true),
        (format!("{APP}@clients2"), true),
    ] {
        claims["sub"] = json!(subject);
        let named = principal(&services, &claims).unwrap();
        assert_eq!(named, person.then_some(subject));
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
        claims["cid"] = json!(APP);
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
