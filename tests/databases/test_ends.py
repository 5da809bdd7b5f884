"""Many hands at one moment: an emergency login signs one in, and a session ends once."""

from __future__ import annotations

import pytest

ALL = ("sqlite", "postgresql", "mariadb")


@pytest.mark.parametrize("database", ALL)
def test_of_twenty_that_use_an_emergency_login_at_one_moment_one_is_signed_in(play, database):
    told = play(database, "break_glass")
    assert sorted(told["answers"]) == [303] + [400] * 19
    assert (told["sessions"], told["used"], told["logins"]) == (1, 1, 1)


@pytest.mark.parametrize("database", ALL)
def test_sessions_that_many_end_at_one_moment_end_once(play, database):
    told = play(database, "end")
    assert sum(told["counted"]) == told["events"] == 3
    assert (told["sessions"], told["going_on"]) == (0, 0)
