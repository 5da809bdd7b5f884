"""When a session is due: the calculations, to the second."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from relyant import lifetimes
from relyant.lifetimes import Due

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("renew_at", "ends_at", "expected"),
    [
        (None, None, Due.NOTHING),
        (NOW + 1, NOW + 1, Due.NOTHING),
        (NOW, None, Due.RENEWAL),
        (NOW - 1, NOW + 1, Due.RENEWAL),
        (None, NOW, Due.END),
        (NOW, NOW, Due.END),
        (NOW + 1, NOW - 1, Due.END),
    ],
)
def test_what_is_due(renew_at, ends_at, expected):
    assert lifetimes.due(SimpleNamespace(renew_at=renew_at, ends_at=ends_at), NOW) is expected


@pytest.mark.parametrize(
    ("life", "margin"),
    [(300, 30), (150, 30), (149, 29), (60, 12), (5, 1), (4, 0), (1, 0)],
)
def test_a_renewal_is_shortly_before_the_access_token_expires(life, margin):
    expires_at = NOW + life
    found = lifetimes.renew_at(expires_at, refreshable=True, recheck=3600, now=NOW)
    assert found == max(NOW + 1, expires_at - margin)


@pytest.mark.parametrize(("refreshable", "expires_at"), [(False, NOW + 300), (True, None), (False, None)])
@pytest.mark.parametrize(("recheck", "expected"), [(3600, NOW + 3600), (None, None)])
def test_without_a_refresh_token_or_an_end_the_setting_says_when(refreshable, expires_at, recheck, expected):
    assert lifetimes.renew_at(expires_at, refreshable=refreshable, recheck=recheck, now=NOW) == expected


@pytest.mark.parametrize("life", [-60, 0])
def test_a_token_that_came_expired_is_not_renewed_without_end(life):
    assert lifetimes.renew_at(NOW + life, refreshable=True, recheck=None, now=NOW) == NOW + 1


# FT-07
@pytest.mark.parametrize(
    ("failing", "asked_for", "seconds"),
    [
        (0, None, 30),
        (30, None, 30),
        (60, None, 60),
        (121, None, 121),
        (86_400, None, 300),
        (0, 90, 90),
        (0, 999, 300),
    ],
)
def test_a_provider_that_fails_is_asked_ever_less_often(failing, asked_for, seconds):
    assert lifetimes.retry_after(NOW - failing, NOW, asked_for) == seconds
