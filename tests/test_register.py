"""The register of sessions: which rows go, and which stay. Ends and renewals are in the journeys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from relyant import register, sessions
from relyant.models import EndedBy, UserSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(client, relyant_provider):
    """A session whose row says that it has lapsed."""
    relyant_provider.sign_in(client, "carol")
    UserSession.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    return UserSession.objects.get()


def test_a_session_that_django_still_keeps_keeps_its_row(row):
    assert register.prune() == 0
    assert UserSession.objects.get().expires_at > timezone.now()


def test_a_session_that_is_gone_loses_its_row(row):
    sessions.delete(register.session_key(row))
    assert register.prune() == 1 and not UserSession.objects.exists()


def test_a_row_that_has_ended_goes_in_its_time(row):
    register.end([row], by=EndedBy.OPERATOR)
    assert register.prune() == 0
    UserSession.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert register.prune() == 1


def test_no_row_goes_while_the_session_store_is_away(row, monkeypatch):
    def away(_keys):
        raise ConnectionError("connection refused")

    monkeypatch.setattr(sessions, "existing", away)
    assert register.prune() == 0 and UserSession.objects.exists()
