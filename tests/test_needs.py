"""What would grant a right is told as the policy itself tells its rule."""

from __future__ import annotations

import json

import pytest

from relyant import _core
from relyant.explanation import conditions_of
from relyant.why import needs

VERIFIED = {"claim": "email_verified", "equals": True}
SURE = {"all": ["admins", VERIFIED]}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (["admins"], "the role `admins`"),
        (["admins", "creators"], "any of the roles `admins`, `creators`"),
        (SURE, "the role `admins` and the claim `email_verified` equal to true"),
        ([VERIFIED], "the claim `email_verified` equal to true"),
        (
            ["owners", SURE, VERIFIED],
            (
                "the role `owners` or (the role `admins` and the claim `email_verified` equal to true) "
                "or the claim `email_verified` equal to true"
            ),
        ),
    ],
)
def test_a_reason_asks_for_what_the_rule_says(rule, words):
    policy = _core.Policy(json.dumps({"STAFF": rule}), preset="keycloak", client_id="beer")
    ((_key, _name, said),) = policy.document_rules()
    (reason,) = policy.evaluate_claims(json.dumps([["id_token", {}]])).reasons
    conditions = conditions_of(reason)
    roles = [one for one in reason.needs if one not in conditions]
    assert needs.in_words(roles, conditions) == words == said


def test_nothing_would_where_nothing_is_asked_for():
    assert needs.in_words([], []) == ""
