"""People who come at one moment: nobody is made twice, nothing is taken over twice, and nobody sees an error."""

from __future__ import annotations

import re

import pytest

SERVERS = ("postgresql", "mariadb")
ALL = ("sqlite", *SERVERS)
PEOPLE = 20


@pytest.mark.parametrize("database", ALL)
def test_twenty_first_logins_of_one_person_make_one_user(play, database):
    told = play(database, "race")
    assert told["answers"] == ["in"] * PEOPLE
    assert (told["users"], told["identities"], told["created"]) == (1, 1, 1)
    assert told["sessions"] == PEOPLE


@pytest.mark.parametrize("database", ALL)
def test_twenty_logins_of_one_person_take_her_account_over_once(play, database):
    told = play(database, "adopt", LINK="verified-email")
    assert sorted(told["adoptions"]) == [False] * (PEOPLE - 1) + [True]
    assert (told["users"], told["identities"], told["adopted"], told["created"]) == (1, 1, 1, 0)


# ID-18
@pytest.mark.parametrize("database", ALL)
def test_of_twenty_people_with_one_address_one_takes_the_account_over(play, database):
    told = play(database, "adopt_one", LINK="verified-email")
    assert told["adopted"] == 1
    assert told["hers"].count(True) == 1
    others = [one for one in told["hers"] if one not in (True, False)]
    # Who was made a moment before may have the address too: then it is a question, and never a second one's.
    assert all("account.link_ambiguous" in one for one in others), others


@pytest.mark.parametrize("database", ALL)
def test_twenty_people_of_one_name_get_twenty_names(play, database):
    told = play(database, "suffixes", USERNAME_COLLISION="suffix")
    assert len(set(told["names"])) == PEOPLE == told["users"]
    assert "carol" in told["names"]
    assert all(re.fullmatch(r"carol(-[2-9a-z]{4,8})?", name) for name in told["names"]), told["names"]


@pytest.mark.parametrize("database", ALL)
def test_of_twenty_superusers_who_lose_the_role_at_one_moment_one_stays(play, database):
    """Whoever is the last keeps the flag; nobody waits for another for ever."""
    told = play(database, "demote")
    assert sorted(told["said"]) == sorted(f"adam{index}" for index in range(PEOPLE))
    assert (told["before"], told["left"]) == (PEOPLE, 1)


# AZ-03
@pytest.mark.parametrize("database", ALL)
def test_two_identities_that_come_at_one_moment_end_with_what_both_grant(play, database):
    told = play(database, "two_identities")
    assert told["said"] == [False] * PEOPLE
    assert told["groups"] == ["creators", "customers"]


# AZ-03
@pytest.mark.parametrize("database", ALL)
def test_two_identities_that_come_back_at_one_moment_do_not_wait_for_each_other(play, database):
    """Each takes back what the other one granted long ago, and grants anew."""
    told = play(database, "come_back")
    assert set(told["said"]) == {False}, told["said"]
    assert told["groups"] == ["creators", "customers"]
