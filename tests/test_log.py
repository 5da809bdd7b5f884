"""The log has one line for each change of somebody's rights: what, by which provider, and what decided."""

from __future__ import annotations

import logging

import pytest

from relyant import identities
from relyant.errors import Refusal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lines(caplog):
    """The lines on rights, as they are at this moment."""
    caplog.set_level(logging.INFO, "relyant")
    return lambda: [
        line for line in (one.getMessage() for one in caplog.records) if line.startswith("rights changed")
    ]


def test_what_came_and_what_went_and_why(sign_in, lines):
    carol = sign_in("creators").user
    why = "(role `creators` at `realm_access.roles` of the access token)"
    first = f"rights changed: user {carol.pk}, provider keycloak: + group creators {why}, + staff {why}"
    assert lines() == [first]
    sign_in("creators")
    assert lines() == [first]
    sign_in("customers")
    role = "(role `customers` at `realm_access.roles` of the access token)"
    assert lines()[1:] == [
        f"rights changed: user {carol.pk}, provider keycloak: + group customers {role}, - group creators"
    ]


def test_a_refusal_and_unlinking_take_back(sign_in, lines):
    linked = sign_in("creators").linked_identity
    with pytest.raises(Refusal):
        sign_in("guests", policy={"ALLOW": ["members"]})
    assert lines()[1].endswith(": - group creators, - staff")
    sign_in("creators")
    identities.unlink(linked, actor=None, may_lock_out=True)
    assert lines()[3].endswith(": - group creators, - staff")


def test_a_line_is_one_and_short_whatever_roles_are_called(sign_in, lines):
    # What ends a line for some programs, and is no control character.
    roles = [f"role\u2028{number:02}" for number in range(12)]
    sign_in(*roles, policy={"GROUPS": "same-name", "CREATE": True})
    (line,) = lines()
    assert line.isprintable() and line.endswith("+ group role\ufffd09, + 2 more")
