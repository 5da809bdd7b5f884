"""Who somebody is, by issuer and subject, is compared byte for byte on each database. Core §2, §5.7."""

from __future__ import annotations

import pytest

ALL = ("sqlite", "postgresql", "mariadb")


# ID-17
@pytest.mark.parametrize("database", ALL)
def test_subjects_that_look_alike_are_different_people_who_find_themselves_again(play, database):
    told = play(database, "subjects")
    people = told["first"]
    assert told["again"] == people
    assert all(isinstance(pk, int) for pk in people.values()), people
    assert len(set(people.values())) == len(people) == told["users"]
