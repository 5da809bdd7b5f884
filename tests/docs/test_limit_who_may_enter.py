"""The how-to on who may enter, carried out: whom each of its policies lets in, and whom it keeps out."""

from __future__ import annotations

import ast
import json
import re

import pytest

from relyant import _core
from tests.docs import pages

PAGE = "how-to/limit-who-may-enter.md"
# Somebody whose address the provider has verified.
VERIFIED = {"preferred_username": "eve", "email": "eve@brewery.example", "email_verified": True}


@pytest.mark.parametrize(
    ("number", "inside", "outside"),
    [
        (0, [{"roles": ["creators"]}, {"roles": ["customers"]}], [{"roles": []}, {"roles": ["Creators"]}]),
        (
            1,
            [{"claims": VERIFIED}, {"claims": {**VERIFIED, "email": "eve@cellar.example"}}],
            [
                {"claims": {**VERIFIED, "email_verified": False}},
                {"claims": {**VERIFIED, "email": "eve@pub.brewery.example"}},
                {"claims": {**VERIFIED, "email": "eve@evil.example@brewery.example"}},
            ],
        ),
        (
            2,
            [{"claims": {**VERIFIED, "hd": "brewery.example"}}],
            [{"claims": VERIFIED}, {"claims": {**VERIFIED, "hd": "pub.example"}}],
        ),
        (4, [{"roles": ["customers"]}], [{"roles": ["customers", "suspended"]}, {"roles": ["admins"]}]),
    ],
    ids=["roles", "addresses", "hd", "not"],
)
def test_limit_who_may_enter(owner, rights, number, inside, outside):
    """AZ-06"""
    owner.follow(pages.blocks(PAGE)[number])
    owner.start()
    for is_in, people in ((True, inside), (False, outside)):
        for changed in people:
            owner.set_person("eve", **{"claims": {"preferred_username": "eve"}, **changed})
            assert rights.lets_in("eve") is is_in, changed
    if number == 2:
        assert "hd=brewery.example" in owner.visitor(owner.base_url).open("/oidc/login/").url


def test_rights_only_with_a_second_factor(owner, rights):
    owner.follow(pages.blocks(PAGE)[3])
    owner.start()
    owner.in_shell(
        "from django.contrib.auth.models import User; "
        'User.objects.create_superuser("keeper", "", "correct-horse")',
    )
    assert rights.of("adam") == {"name": "adam", "may": [], "groups": [], "staff": True}
    owner.set_person("adam", acr=["gold"])
    assert rights.of("adam")["may"] == ["view", "add", "change", "delete"]
    owner.set_person("adam", acr=[])
    assert rights.of("adam")["may"] == []


def test_each_condition_holds_for_what_its_row_says():
    table = pages.tables(PAGE)[0]
    assert len(table) > 10
    for row in table:
        # A rule is Python, as the settings are; claims are JSON, as they come.
        condition, *claims = (cell.strip("`") for cell in row.values())
        rule, (holds, not_so) = ast.literal_eval(condition), map(json.loads, claims)
        policy = _core.Policy(json.dumps({"STAFF": rule}), preset="keycloak", client_id="beer")
        assert policy.evaluate_claims(json.dumps([["id_token", holds]])).staff is True, row
        assert policy.evaluate_claims(json.dumps([["id_token", not_so]])).staff is False, row


def with_allow(owner, rule, command):
    """Set `ALLOW` alone, and say what a command answers then."""
    owner.add("brewery/settings.py", f'RELYANT["PROVIDERS"]["keycloak"]["POLICY"] = {{"ALLOW": {rule!r}}}')
    return owner.run(f"{command} || echo exit $?")


def test_what_can_go_wrong_at_the_door_is_told(owner):
    _conditions, table = pages.tables(PAGE)
    _command, code, place = re.findall(r"`([^`]+)`", table[0]["what tells it"])
    verified = {"claim": "email_verified", "equals": True}
    slip = {"all": [verified, {"claim": "email", "domains": ["brewery.example"]}]}
    assert f"({code}) RELYANT.PROVIDERS.keycloak.{place}" in with_allow(owner, slip, "python manage.py check")
    text = {"claim": "email_verified", "equals": "true"}
    (owner.project / "claims.json").write_text(json.dumps({"email_verified": True}))
    told = with_allow(owner, text, "python manage.py relyant_explain --claims claims.json")
    assert "decision.not_allowed" in told and "exit 1" in told
    excluding = {"all": [verified, {"claim": "email_verified", "present": False}]}
    address = {"claim": "email", "domain": ["brewery.example"]}
    for rule in ([], excluding, {"not": "suspended"}, address):
        assert "relyant.W017" in with_allow(owner, rule, "python manage.py check")
    assert len(table) == 6
