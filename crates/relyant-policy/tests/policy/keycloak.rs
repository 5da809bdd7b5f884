//! A fresh Keycloak, no mapper touched: what its tokens hold, and what the Beer policy makes of it.

use relyant_policy::{Decision, FoundRole, Groups, Object};
use serde_json::{Value, json};

use crate::beer::{beer, object, policy};

const ISSUER: &str = "https://sso.example.com/realms/brewery";

/// The claims of a login on a fresh realm: `realm_roles` beside the ones that Keycloak gives to everybody.
struct Login {
    id_token: Object,
    userinfo: Object,
    access_token: Object,
}

impl Login {
    fn of(username: &str, realm_roles: &[&str]) -> Self {
        let mut roles = vec![
            "default-roles-brewery",
            "offline_access",
            "uma_authorization",
        ];
        roles.extend(realm_roles);
        let mut access_token = access_token(username);
        access_token.insert("realm_access".to_owned(), json!({"roles": roles}));
        Self {
            id_token: id_token(username),
            userinfo: profile(username),
            access_token,
        }
    }

    /// A person whose default roles were taken as well: Keycloak then leaves the claims out.
    fn without_any_role(username: &str) -> Self {
        let mut access_token = access_token(username);
        access_token.remove("resource_access");
        Self {
            id_token: id_token(username),
            userinfo: profile(username),
            access_token,
        }
    }

    fn decide(&self, document: &Value) -> Decision {
        policy(document).evaluate(&[
            ("id_token", &self.id_token),
            ("userinfo", &self.userinfo),
            ("access_token", &self.access_token),
        ])
    }
}

/// The claims of the scopes `profile` and `email`, which userinfo consists of.
fn profile(username: &str) -> Object {
    object(json!({
        "sub": format!("9d1c0d3a-{username}"),
        "email_verified": false,
        "name": format!("{username} Beer"),
        "preferred_username": username,
        "given_name": username,
        "family_name": "Beer",
        "email": format!("{username}@brewery.example"),
    }))
}

fn id_token(username: &str) -> Object {
    let mut claims = profile(username);
    claims.extend(object(json!({
        "exp": 1_790_000_300, "iat": 1_790_000_000, "auth_time": 1_790_000_000,
        "jti": "5c3b1a52-6a5e-4f63-a5c4-0d4f6a1b7f11", "iss": ISSUER, "aud": "beer", "typ": "ID", "azp": "beer",
        "nonce": "n-0S6_WzA2Mj", "sid": "f2b6e8b0-3f0c-4a58-9a8e-2a6f7c1d9e55", "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng",
        "acr": "1",
    })));
    claims
}

fn access_token(username: &str) -> Object {
    let mut claims = profile(username);
    claims.extend(object(json!({
        "exp": 1_790_000_300, "iat": 1_790_000_000, "auth_time": 1_790_000_000,
        "jti": "onrtac:0f6c7f5e-2f0d-4bb0-8f7c-6f0d7a1c2b33", "iss": ISSUER, "aud": "account", "typ": "Bearer",
        "azp": "beer", "sid": "f2b6e8b0-3f0c-4a58-9a8e-2a6f7c1d9e55", "acr": "1",
        "allowed-origins": ["https://beer.example"],
        "resource_access": {"account": {"roles": ["manage-account", "manage-account-links", "view-profile"]}},
        "scope": "openid profile email",
    })));
    claims
}

#[test]
fn the_four_people_get_what_the_beer_policy_gives_them() {
    for (person, realm_roles, groups, staff, superuser) in [
        ("carol", vec!["customers"], vec!["customers"], true, false),
        ("chris", vec!["creators"], vec!["creators"], true, false),
        ("adam", vec!["admins"], vec![], true, true),
        ("nora", vec![], vec![], false, false),
    ] {
        let decision = Login::of(person, &realm_roles).decide(&beer());
        let Groups::Named { granted, .. } = decision.groups else {
            panic!("the groups are named")
        };
        assert_eq!(granted, groups, "{person}");
        assert_eq!(
            (decision.staff, decision.superuser),
            (Some(staff), Some(superuser)),
            "{person}"
        );
        assert_eq!(decision.user["username"], person);
        assert_eq!(decision.warnings, []);
    }
}

#[test]
fn the_reason_is_a_role_of_the_access_token() {
    let decision = Login::of("carol", &["customers"]).decide(&beer());
    let staff = decision
        .reasons
        .iter()
        .find(|reason| reason.effect.to_string() == "staff")
        .unwrap();
    let found = FoundRole {
        role: "customers".to_owned(),
        path: "realm_access.roles".into(),
        source: "access_token".into(),
    };
    assert_eq!(staff.because, Some(found));
}

#[test]
fn the_user_fields_are_those_of_the_preset() {
    let user = Login::of("carol", &[]).decide(&json!({})).user;
    assert_eq!(
        serde_json::to_value(user).unwrap(),
        json!({"username": "carol", "email": "carol@brewery.example", "first_name": "carol", "last_name": "Beer"})
    );
}

// AZ-03
#[test]
fn the_last_role_gone_takes_the_claim_and_the_rights() {
    let decision = Login::without_any_role("carol").decide(&beer());
    assert_eq!(decision.roles, []);
    assert_eq!(
        (decision.staff, decision.superuser),
        (Some(false), Some(false))
    );
    let managed = vec!["creators".to_owned(), "customers".to_owned()];
    assert_eq!(
        decision.groups,
        Groups::Named {
            granted: vec![],
            managed
        }
    );
    assert_eq!(decision.warnings, []);
}

#[test]
fn roles_of_another_client_are_not_ours() {
    let document = json!({"STAFF": ["view-profile"]});
    assert_eq!(Login::of("carol", &[]).decide(&document).staff, Some(false));
    let mut login = Login::of("carol", &[]);
    login.access_token["resource_access"]["beer"] = json!({"roles": ["view-profile"]});
    let decision = login.decide(&document);
    assert_eq!(decision.staff, Some(true));
    assert_eq!(
        &*decision.reasons[0].because.as_ref().unwrap().path,
        "resource_access.beer.roles"
    );
}

#[test]
fn a_mapper_that_puts_the_roles_into_the_id_token_takes_precedence() {
    let mut login = Login::of("carol", &["admins"]);
    login
        .id_token
        .insert("realm_access".to_owned(), json!({"roles": ["customers"]}));
    let decision = login.decide(&beer());
    assert_eq!(
        (decision.staff, decision.superuser),
        (Some(true), Some(false))
    );
    assert_eq!(&*decision.roles[0].source, "id_token");
}

#[test]
fn group_paths_of_a_membership_mapper_are_roles_by_their_own_names() {
    let document = json!({"ROLES": ["groups"], "GROUPS": {"creators": ["/brewery/creators"]}});
    let mut login = Login::of("chris", &[]);
    login
        .id_token
        .insert("groups".to_owned(), json!(["/brewery/creators"]));
    let Groups::Named { granted, .. } = login.decide(&document).groups else {
        panic!("the groups are named")
    };
    assert_eq!(granted, ["creators"]);
}
