"""Conditions, permissions and oddities of a policy, as Python sees them."""

from __future__ import annotations

import json

import pytest

from relyant import _core

AT_THE_BREWERY = {
    "all": [
        {"claim": "email_verified", "equals": True},
        {"claim": "email", "domain": ["brewery.example"]},
    ]
}
AT_THE_BREWERY_IN_WORDS = (
    "the claim `email_verified` equal to true and the claim `email` with an address at `brewery.example`"
)
CLAIMS = {"email": "carol@brewery.example", "email_verified": True}


def policy(document):
    return _core.Policy(json.dumps(document), preset="keycloak", client_id="beer")


def decide(document, *roles, **known):
    sources = [["id_token", CLAIMS], ["access_token", {"realm_access": {"roles": list(roles)}}]]
    return policy(document).evaluate_claims(json.dumps(sources), **known)


def test_a_reason_says_which_parts_of_a_condition_decided():
    decision = decide({"STAFF": AT_THE_BREWERY, "SUPERUSER": [AT_THE_BREWERY, "admins"]}, "admins")
    staff, superuser = decision.reasons
    assert decision.staff and staff.because is None
    assert staff.words == (
        "the claim `email_verified` of the ID token equals true and "
        "the claim `email` of the ID token is an address at `brewery.example`"
    )
    assert staff.needs == [AT_THE_BREWERY_IN_WORDS]
    assert (superuser.needs[1], superuser.roles) == ("admins", ["admins"])


# AZ-06
@pytest.mark.parametrize("email", ["a@evil.example@brewery.example", '"a@brewery.example"@evil.example', 7])
def test_an_address_that_could_be_read_twice_grants_nothing_and_warns(email):
    claims = {**CLAIMS, "email": email}
    decision = policy({"STAFF": AT_THE_BREWERY}).evaluate_claims(json.dumps([["id_token", claims]]))
    assert decision.staff is False
    assert len(decision.warnings) == 1 and decision.warnings[0].startswith("`email` of the ID token")


def test_without_scopes_nothing_is_known_of_the_sign_in():
    for rule in ({"scope": "beers"}, {"not": {"scope": "beers"}}, {"acr": "2"}, {"not": {"acr": "2"}}):
        assert decide({"STAFF": rule}).staff is False
        assert decide({"STAFF": rule}, acr="2").staff is False
    assert decide({"STAFF": {"scope": "beers"}}, scopes=["beers"]).staff is True
    assert decide({"STAFF": {"acr": "2"}}, scopes=[], acr="2").staff is True
    assert decide({"STAFF": {"not": {"acr": "2"}}}, scopes=[]).staff is True


def test_permissions_groups_to_make_and_the_roles_behind_them():
    document = {
        "PERMISSIONS": {"beers.add_beer": ["creators"], "beers.view_beer": ["customers", "creators"]},
        "GROUPS": {"brewers": ["creators"]},
        "CREATE": False,
    }
    decision = decide(document, "customers")
    assert decision.permissions == ["beers.view_beer"]
    assert decision.managed_permissions == ["beers.add_beer", "beers.view_beer"]
    assert decision.create_groups is False
    assert decision.role_for_group("brewers") is None
    assert decide(document, "creators").role_for_group("brewers").role == "creators"
    prefixed = decide({"GROUPS": "same-name", "PREFIX": "beer-", "CREATE": True}, "beer-brewers", "other")
    assert (prefixed.candidate_groups, prefixed.create_groups) == (["brewers"], True)
    assert prefixed.role_for_group("brewers").role == "beer-brewers"


def test_missing_roles_refuse_where_the_policy_says_so():
    made = policy({"ON_MISSING_ROLES": "refuse", "STAFF": ["admins"]})
    decision = made.evaluate_claims(json.dumps([["id_token", CLAIMS]]))
    assert (decision.allowed, decision.refusal_code) == (False, "decision.roles_missing")
    assert "`realm_access.roles`" in decision.refusal_message


def test_a_policy_can_be_read():
    made = policy(
        {
            "ALLOW": ["customers", AT_THE_BREWERY],
            "GROUPS": {"brewers": []},
            "PERMISSIONS": {"beers.add_beer": {"not": "interns"}},
            "HOOK": "beer.policy.decide",
        }
    )
    assert made.document_rules() == [
        (
            "ALLOW",
            None,
            f"the role `customers` or ({AT_THE_BREWERY_IN_WORDS})",
        ),
        ("GROUPS", "brewers", "nobody"),
        ("PERMISSIONS", "beers.add_beer", "not the role `interns`"),
    ]
    assert (made.group_names, made.permission_names) == (["brewers"], ["beers.add_beer"])
    assert (made.hook, policy({}).hook) == ("beer.policy.decide", None)
    assert {"email", "email_verified", "realm_access"} <= set(made.claim_names)


def test_what_is_odd_about_a_policy_has_a_path_and_a_hint():
    made = policy({"STAFF": {"all": [{"acr": "2"}, {"acr": "3"}]}, "SUPERUSER": [{"scope": "beers"}]})
    assert [(path, message) for path, message, _ in made.lint()] == [
        ("STAFF.all[1]", "nobody can match this together with STAFF.all[0]")
    ]
    odd = made.lint(scopes=["openid"], acr_values=["2"])
    assert [path for path, _, _ in odd] == ["STAFF.all[1]", "STAFF.all[1]", "SUPERUSER[0]"]
    assert all(hint for _, _, hint in odd)
    assert policy({"STAFF": ["admins"]}).lint(scopes=["openid"]) == []


def test_a_fault_of_a_condition_has_the_path_of_its_place():
    with pytest.raises(_core.PolicyError) as caught:
        policy({"STAFF": {"all": ["admins", {"claim": "a..b", "equals": True}]}, "ALLOW": [{"clam": "a"}]})
    assert [path for path, _, _ in caught.value.problems] == ["ALLOW[0].clam", "STAFF.all[1].claim"]


def test_a_policy_says_by_which_claims_user_fields_are_filled():
    assert policy({"USER": {"username": ["a", "b"], "email": "email"}}).user_paths == {
        "username": "a.b",
        "email": "email",
    }
    assert _core.Policy("{}", preset="google", client_id="beer").user_paths["username"] == "email"


# AZ-07
@pytest.mark.parametrize(("tenant", "granted"), [("1f", True), ("2f", False), ("1F", False), (None, False)])
def test_a_rule_that_names_a_tenant_grants_nothing_to_the_admins_of_another(tenant, granted):
    document = json.dumps({"SUPERUSER": {"all": ["admins", {"claim": "tid", "equals": "1f"}]}})
    claims = {"roles": ["admins"], **({} if tenant is None else {"tid": tenant})}
    entra = _core.Policy(document, preset="entra", client_id="beer")
    assert entra.evaluate_claims(json.dumps([["id_token", claims]])).superuser is granted
