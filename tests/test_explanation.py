"""What a linked identity keeps of a decision: the reasons, bounded, and nothing else of the claims."""

from __future__ import annotations

import json

import pytest

from relyant import explanation
from relyant.models import Event, LinkedIdentity

PATH = {"path": "realm_access.roles", "source": "access_token"}


class Identity:
    """What a login has: claims by source."""

    def __init__(self, **sources):
        self.sources = sources

    def claims(self, source):
        return self.sources.get(source)


def effects(explained):
    return {reason["effect"]: reason for reason in explained["reasons"]}


def test_each_rule_has_its_reason_with_the_role_and_where_it_came_from(decide):
    explained = explanation.of(decide("creators", "brewers"))
    found = effects(explained)
    because = {"role": "creators", **PATH}
    assert found["group:creators"]["granted"] and found["group:creators"]["because"] == because
    assert found["staff"]["because"] == because
    assert not found["superuser"]["granted"]
    assert (found["superuser"]["because"], found["superuser"]["needs"]) == (None, ["admins"])
    # What a rule asks for comes first.
    assert [role["role"] for role in explained["roles"]] == ["creators", "brewers"]
    assert (explained["refusal"], explained["warnings"], explained["left_out"]) == (None, [], {})


def test_a_refusal_and_its_reason(decide):
    explained = explanation.of(decide("guests", policy={"ALLOW": ["members"]}))
    assert explained["refusal"] == "decision.not_allowed"
    assert effects(explained)["allow"]["needs"] == ["members"]


def test_what_else_than_a_role_decided_is_told_in_words(decide):
    verified = {"claim": "email_verified", "equals": True}
    policy = {"STAFF": ["creators", verified], "SUPERUSER": verified}
    found = effects(explanation.of(decide("guests", policy=policy)))
    words = "the claim `email_verified` equal to true"
    assert (found["staff"]["needs"], found["staff"]["conditions"]) == (["creators"], [words])
    assert (found["superuser"]["needs"], found["superuser"]["conditions"]) == ([], [words])
    assert "email_verified" in found["superuser"]["words"]
    granted = effects(explanation.of(decide(policy=policy, claims={"email_verified": True})))["staff"]
    assert granted["granted"] and granted["because"] is None
    assert granted["words"] == "the claim `email_verified` of the ID token equals true"


def test_a_role_inside_a_condition_is_one_that_a_rule_asks_for(decide):
    policy = {"STAFF": {"all": [{"role": "creators"}, {"claim": "email_verified", "equals": True}]}}
    explained = explanation.of(decide("brewers", "creators", policy=policy))
    assert ([one["role"] for one in explained["roles"]], explained["asked"]) == (["creators", "brewers"], 1)


def test_equal_decisions_are_explained_by_equal_text(decide):
    one, other = (
        json.dumps(explanation.of(decide(*roles))) for roles in (("a", "creators"), ("creators", "a"))
    )
    assert one == other


def test_what_was_wrong_with_a_claim_is_told(decide):
    explained = explanation.of(decide(claims={"realm_access": {"roles": 7}}))
    assert explained["warnings"]


@pytest.mark.parametrize("length", [1, 240])
def test_it_stays_small_whatever_a_provider_sends(decide, length):
    roles = [f"{number}{'r' * length}" for number in range(1_000)]
    policy = {"GROUPS": {f"group{number}": ["creators", *roles[:100]] for number in range(1_000)}}
    explained = explanation.of(decide("creators", *roles, policy=policy))
    assert len(json.dumps(explained, ensure_ascii=False)) <= explanation.MAX_SIZE
    assert explained["left_out"]["roles"] > 0 and explained["left_out"]["reasons"] > 0
    # A role that a rule asks for is kept before those that none does.
    assert explained["roles"] and explained["reasons"]


def test_no_text_is_one_that_postgresql_refuses(decide):
    assert "\\u0000" not in json.dumps(explanation.of(decide("a\0b", "creators")))


def test_no_claim_is_kept_that_nobody_asked_for(decide, configure):
    identity = Identity(id_token={"email": "carol@brewery.example", "department": "ale"})
    assert explanation.of(decide("creators"), identity)["claims"] == {}
    configure({"KEEP_CLAIMS": ["department", "badge"]})
    explained = explanation.of(decide("creators"), identity)
    assert explained["claims"] == {"department": {"source": "id_token", "value": "ale"}}
    assert "carol@brewery.example" not in json.dumps(explained)


def test_a_kept_claim_comes_from_the_first_source_and_is_cut(decide, configure):
    configure({"KEEP_CLAIMS": ["department", "notes", "odd"]})
    identity = Identity(
        id_token={"notes": ["n" * 400]}, userinfo={"department": "ale", "notes": "short", "odd": "a\0b"}
    )
    claims = explanation.of(decide("creators"), identity)["claims"]
    assert claims["department"] == {"source": "userinfo", "value": "ale"}
    assert claims["notes"]["source"] == "id_token" and len(claims["notes"]["value"]) == 255
    assert "\0" not in claims["odd"]["value"]


@pytest.mark.django_db
def test_nothing_is_stored_of_a_claim_that_no_rule_looked_at(sign_in, configure):
    """Not with the identity, and not with the events: what decided is told, and the rest is nobody's business."""
    configure({"EVENTS": "all"})
    claims = {"department": "ale", "salary": "12-000-secret", "address": {"street": "Hop-Lane-secret"}}
    policy = {"STAFF": {"claim": "department", "equals": "ale"}, "GROUPS": {"creators": ["creators"]}}
    sign_in("creators", policy=policy, claims=claims)
    rows = [*LinkedIdentity.objects.values("grants", "explanation"), *Event.objects.values("detail")]
    stored = json.dumps(rows)
    assert "the claim `department` of the ID token equals `ale`" in stored
    assert "secret" not in stored and "carol@" not in stored


def test_of_an_address_that_a_rule_looks_at_its_domain_alone_is_stored(decide):
    at = {"claim": "email", "domain": ["pub.example"]}
    for rule in (at, {"not": at}, {"claim": "email", "matches": ".*@pub[.]example"}):
        stored = json.dumps(explanation.of(decide(policy={"STAFF": rule})))
        assert "`email` of the ID token" in stored and "carol@" not in stored
