"""What comes of roles, composites, other clients' roles and groups at a real Keycloak, and what a policy makes of it.

The policies are those of the how-to on it, as it shows them.
"""

from __future__ import annotations

import json

import pytest

from realm import CLIENT_ID
from relyant import _core
from tests.docs import pages
from tests.keycloak import bare_login
from tests.keycloak.directory import Directory

PAGE = "how-to/keycloak-roles.md"
# Keycloak gives them to everybody, in no order.
GIVEN_TO_ALL = {"default-roles-brewery", "offline_access", "uma_authorization"}
MEMBERSHIP, REALM_ROLES = "oidc-group-membership-mapper", "oidc-usermodel-realm-role-mapper"
SOURCES = ("id_token", "userinfo", "access_token")


@pytest.fixture
def directory(realm):
    made = Directory(realm)
    yield made
    made.undo()


@pytest.fixture
def sign_in(party):
    """Sign somebody in: her verified identity."""
    return lambda name: bare_login.sign_in(party(), name)[0]


@pytest.fixture
def keeper(directory):
    """The role of another client."""
    directory.add_client("cellar")
    return directory.add_client_role("cellar", "keeper")


@pytest.fixture
def brewers(directory):
    """The groups of the how-to, each with its role: what the child has beside what it inherits."""
    directory.add_group("/brewers", roles=[directory.realm_role("creators")])
    directory.add_group("/brewers/bottling", roles=[directory.add_client_role(CLIENT_ID, "taster")])


def decide(identity, policy):
    return _core.Policy(json.dumps(policy), preset="keycloak", client_id=CLIENT_ID).evaluate(identity)


def policies():
    """The policy after each settings block of the how-to."""
    settings = {"RELYANT": {"PROVIDERS": {"keycloak": {"POLICY": {}}}}}
    found = []
    for block in pages.blocks(PAGE):
        exec(block.text, settings)  # noqa: S102  what the page shows
        found.append(dict(settings["RELYANT"]["PROVIDERS"]["keycloak"]["POLICY"]))
    return found


FIRST, CLIENT_ROLES_ALONE, OTHER_CLIENT, GROUPS, BELOW_A_GROUP = policies()


def realm_roles(identity):
    """The realm roles that came, but for those that everybody has; they stand in the access token alone."""
    assert not any("realm_access" in identity.claims(source) for source in ("id_token", "userinfo"))
    return set(identity.claims("access_token")["realm_access"]["roles"]) - GIVEN_TO_ALL


def client_roles(identity, client):
    return identity.claims("access_token")["resource_access"].get(client, {}).get("roles")


def groups(identity):
    """The claim `groups`, which a mapper puts into all of them alike."""
    first, *others = [identity.claims(source)["groups"] for source in SOURCES]
    assert others == [first, first]
    return first


def places(decision):
    return {found.role: (found.path, found.source) for found in decision.roles}


def test_a_role_of_our_own_client_needs_no_setting(directory, sign_in):
    directory.assign("nora", directory.add_client_role(CLIENT_ID, "taster"))
    identity = sign_in("nora")
    assert (realm_roles(identity), client_roles(identity, CLIENT_ID)) == (set(), ["taster"])
    decision = decide(identity, FIRST)
    assert decision.granted_groups == ["tasters"]
    assert places(decision)["taster"] == ("resource_access.beer.roles", "access_token")


def test_a_composite_role_brings_its_own_name_and_all_that_is_in_it(directory, sign_in, keeper):
    """However deep, and of whichever client: each part stands where it would stand alone."""
    taster = directory.add_client_role(CLIENT_ID, "taster")
    head = directory.add_realm_role("head-brewers", made_of=[directory.realm_role("creators"), taster])
    directory.assign("nora", directory.add_realm_role("directors", made_of=[head, keeper]))
    identity = sign_in("nora")
    assert realm_roles(identity) == {"directors", "head-brewers", "creators"}
    assert client_roles(identity, CLIENT_ID) == ["taster"]
    assert client_roles(identity, "cellar") == ["keeper"]
    decision = decide(identity, FIRST)
    assert (decision.granted_groups, decision.staff) == (["creators", "tasters"], True)


def test_a_composite_client_role_brings_realm_roles(directory, sign_in):
    taster = directory.add_client_role(CLIENT_ID, "taster", made_of=[directory.realm_role("creators")])
    directory.assign("nora", taster)
    identity = sign_in("nora")
    assert realm_roles(identity) == {"creators"}
    assert decide(identity, FIRST).granted_groups == ["creators", "tasters"]


def test_a_role_counts_by_its_name_unless_the_policy_names_one_place(directory, sign_in):
    directory.assign("nora", directory.add_realm_role("taster"))
    identity = sign_in("nora")
    assert client_roles(identity, CLIENT_ID) is None
    assert decide(identity, FIRST).granted_groups == ["tasters"]
    assert decide(identity, CLIENT_ROLES_ALONE).allowed is False


def test_a_role_of_another_client_counts_only_where_the_policy_names_it(directory, sign_in, keeper):
    """A role of the same name as ours isn't ours: whoever keeps the other client gives it out."""
    directory.assign("nora", keeper)
    directory.assign("nora", directory.add_client_role("cellar", "taster"))
    identity = sign_in("nora")
    assert sorted(client_roles(identity, "cellar")) == ["keeper", "taster"]
    assert not {"keeper", "taster"} & places(decide(identity, {})).keys()
    assert decide(identity, FIRST).allowed is False
    decision = decide(identity, OTHER_CLIENT)
    assert decision.granted_groups == ["keepers"]
    assert places(decision)["keeper"] == ("resource_access.cellar.roles", "access_token")


def test_a_group_gives_its_roles_to_the_members_of_its_children(directory, sign_in, brewers):
    """AZ-03: the roles go with the membership, at the next login."""
    directory.join("nora", "/brewers/bottling")
    directory.join("carol", "/brewers")
    nora, carol = sign_in("nora"), sign_in("carol")
    assert (realm_roles(nora), client_roles(nora, CLIENT_ID)) == ({"creators"}, ["taster"])
    assert (realm_roles(carol), client_roles(carol, CLIENT_ID)) == ({"customers", "creators"}, None)
    assert not any("groups" in nora.claims(source) for source in SOURCES)
    decision = decide(nora, FIRST)
    assert (decision.granted_groups, decision.staff) == (["creators", "tasters"], True)
    directory.leave("nora", "/brewers/bottling")
    decision = decide(sign_in("nora"), FIRST)
    assert (decision.allowed, decision.refusal_code) == (False, "decision.not_allowed")


def test_a_groups_mapper_sends_paths_of_the_persons_own_groups(directory, sign_in, brewers):
    """The group above it isn't told, though its roles are."""
    directory.add_mapper(MEMBERSHIP, "groups", **{"full.path": "true"})
    directory.join("nora", "/brewers/bottling")
    identity = sign_in("nora")
    assert groups(identity) == ["/brewers/bottling"]
    decision = decide(identity, GROUPS)
    assert (decision.granted_groups, decision.staff) == (["bottlers", "creators"], True)
    assert places(decision)["/brewers/bottling"] == ("groups", "id_token")
    below = decide(identity, BELOW_A_GROUP)
    assert (below.groups_mode, below.candidate_groups) == ("same-name", ["bottling"])


def test_without_full_group_path_two_groups_are_one_name(directory, sign_in, brewers):
    """AZ-02: a path tells them apart, and with the path switched off nothing does."""
    directory.add_mapper(MEMBERSHIP, "groups", **{"full.path": "false"})
    directory.add_group("/visitors")
    directory.add_group("/visitors/bottling")
    directory.join("nora", "/visitors/bottling")
    directory.join("chris", "/brewers/bottling")
    assert groups(sign_in("nora")) == groups(sign_in("chris")) == ["bottling"]
    assert decide(sign_in("nora"), GROUPS).granted_groups == []
    assert decide(sign_in("nora"), BELOW_A_GROUP).candidate_groups == []


def test_a_group_elsewhere_in_the_tree_is_not_below_the_prefix(directory, sign_in, brewers):
    directory.add_mapper(MEMBERSHIP, "groups", **{"full.path": "true"})
    directory.add_group("/visitors")
    directory.add_group("/visitors/bottling")
    directory.join("nora", "/visitors/bottling")
    identity = sign_in("nora")
    assert groups(identity) == ["/visitors/bottling"]
    decision = decide(identity, BELOW_A_GROUP)
    assert (decision.candidate_groups, decision.staff) == ([], False)


def test_with_full_scope_off_the_roles_are_missing_and_can_refuse_the_login(directory, sign_in, knobs):
    """AZ-03: Keycloak leaves the claims out; what that means is for the policy to say."""
    directory.assign("nora", directory.realm_role("creators"))
    knobs.turn(fullScopeAllowed=False)
    identity = sign_in("nora")
    assert not {"realm_access", "resource_access"} & identity.claims("access_token").keys()
    assert decide(identity, FIRST).refusal_code == "decision.not_allowed"
    refused = decide(identity, {**FIRST, "ON_MISSING_ROLES": "refuse"})
    assert (refused.allowed, refused.refusal_code) == (False, "decision.roles_missing")


def test_a_mapper_that_is_not_multivalued_grants_nothing_and_is_told(directory, sign_in):
    """AZ-01: a text is not read as a list."""
    directory.add_mapper(REALM_ROLES, "names", multivalued="false", **{"jsonType.label": "String"})
    identity = sign_in("carol")
    assert isinstance(identity.claims("id_token")["names"], str)
    decision = decide(identity, {"ROLES": [["names"]], "STAFF": ["customers"]})
    assert decision.staff is False
    assert decision.warnings == [
        "`names` of the ID token grants nothing: expected a list of strings, got a string"
    ]


def test_a_dot_in_the_name_of_a_claim_makes_a_claim_inside_another(directory, sign_in):
    """AZ-08"""
    directory.add_mapper(REALM_ROLES, "beer.roles", multivalued="true", **{"jsonType.label": "String"})
    identity = sign_in("carol")
    assert "customers" in identity.claims("id_token")["beer"]["roles"]
    assert decide(identity, {"ROLES": [["beer", "roles"]], "STAFF": ["customers"]}).staff is True
