"""What a user's own hand does at one moment in several tabs: nothing is linked twice, and she keeps a way in."""

from __future__ import annotations

import pytest

ALL = ("sqlite", "postgresql", "mariadb")


# ID-17
@pytest.mark.parametrize("database", ALL)
def test_what_many_want_to_link_is_linked_once(play, database):
    told = play(database, "link")
    assert (told["identities"], told["owners"]) == (2, 2)
    refusals = {"None", "account.identity_linked_elsewhere", "account.provider_linked_already"}
    assert "None" in told["said"] and set(told["said"]) <= refusals


@pytest.mark.parametrize("database", ALL)
def test_of_two_ways_in_one_stays_though_both_are_unlinked_at_one_moment(play, database):
    told = play(database, "unlink")
    assert told["said"] == ["None", "account.last_way_in"]
    assert told["identities"] == 1
