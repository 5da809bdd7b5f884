"""Events are rows of what happened to whom; `EVENTS` says which are kept."""

from __future__ import annotations

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import OperationalError, connection
from django.utils import timezone

from relyant import events
from relyant.errors import Refusal
from relyant.models import Event, EventKind

pytestmark = pytest.mark.django_db

# Of a way in that no provider knows of: whatever the setting says.
EMERGENCY = [EventKind.BREAK_GLASS_MINTED, EventKind.BREAK_GLASS_USED]
CHANGES = [kind for kind in EventKind if kind not in (EventKind.LOGIN, EventKind.REFUSED)]


@pytest.fixture
def carol():
    return User.objects.create_user("carol")


def test_an_event_says_what_happened_to_whom_by_whom_and_where(carol):
    admin = User.objects.create_user("root")
    events.record(
        EventKind.UNLINKED,
        user=carol,
        actor=admin,
        provider="keycloak",
        issuer="https://sso.example.com",
        subject="sub-carol",
        detail={"groups": ["creators"]},
    )
    event = Event.objects.get()
    assert (event.kind, event.user, event.actor) == ("unlinked", carol, admin)
    assert (event.provider, event.issuer, event.subject) == (
        "keycloak",
        "https://sso.example.com",
        "sub-carol",
    )
    assert event.detail == {
        "user": {"pk": str(carol.pk), "name": "carol"},
        "actor": {"pk": str(admin.pk), "name": "root"},
        "groups": ["creators"],
    }


def test_who_is_deleted_keeps_her_name_in_her_events(carol):
    pk = str(carol.pk)
    events.record(EventKind.LINKED, user=carol, provider="keycloak")
    carol.delete()
    event = Event.objects.get()
    assert event.user is None
    assert event.detail["user"] == {"pk": pk, "name": "carol"}


def test_nobody_in_particular_is_no_user():
    events.record(EventKind.LINKED, user=AnonymousUser(), provider="keycloak")
    event = Event.objects.get()
    assert (event.user, event.actor, event.detail) == (None, None, {})


@pytest.mark.parametrize(
    ("word", "kept"), [("changes", CHANGES), ("all", list(EventKind)), ("off", EMERGENCY)]
)
def test_the_setting_says_which_kinds_are_kept(configure, carol, word, kept):
    configure({"EVENTS": word})
    for kind in EventKind:
        events.record(kind, user=carol, provider="keycloak")
    assert sorted(Event.objects.values_list("kind", flat=True)) == sorted(kept)
    events.record_all(events.make(kind, user=carol, provider="keycloak") for kind in EventKind)
    assert Event.objects.count() == 2 * len(kept)


def test_several_events_are_one_statement_and_none_is_no_statement(
    configure, carol, django_assert_num_queries
):
    several = [events.make(kind, user=carol, provider="keycloak") for kind in CHANGES]
    with django_assert_num_queries(1):
        events.record_all(several)
    configure({"EVENTS": "off"})
    with django_assert_num_queries(0):
        events.record_all(one for one in several if one.kind not in EMERGENCY)
        events.record(EventKind.LINKED, user=carol, provider="keycloak")


def test_what_is_too_long_for_its_column_or_for_postgresql_is_made_to_fit(carol):
    events.record(
        EventKind.LINKED, user=carol, provider="p" * 300, issuer="i\0" * 200, subject="s" * 256, code="c" * 65
    )
    event = Event.objects.get()
    assert [len(text) for text in (event.provider, event.issuer, event.subject, event.code)] == [
        255,
        255,
        255,
        64,
    ]
    assert "\0" not in event.issuer


def test_a_visit_whose_event_cannot_be_written_goes_on(configure, carol, caplog, monkeypatch):
    configure({"EVENTS": "all"})

    def fail(*_args, **_kwargs):
        raise OperationalError("disk full: carol's row")

    monkeypatch.setattr(Event, "save", fail)
    with caplog.at_level(logging.ERROR, "relyant"):
        events.attempt(EventKind.LOGIN, user=carol, provider="keycloak", subject="sub-carol")
    assert [record.getMessage() for record in caplog.records] == [
        "the event `login` could not be written: OperationalError"
    ]
    # The request's own transaction goes on.
    assert connection.connection is not None
    assert User.objects.count() == 1


def test_strangers_do_not_fill_the_table(configure):
    """A stranger may begin a login and spoil it for ever: the rows of his end, those of known people don't."""
    configure({"EVENTS": "all"})
    for _ in range(events.STRANGERS_AN_HOUR + 5):
        events.attempt_refusal(
            Refusal("refused.access_denied", "cancelled"), provider="keycloak", identity=None
        )
    assert Event.objects.count() == events.STRANGERS_AN_HOUR
    known = SimpleNamespace(issuer="https://sso.example.com", subject="sub-carol", account="sub-carol")
    events.attempt_refusal(Refusal("decision.not_allowed", "no role"), provider="keycloak", identity=known)
    assert Event.objects.count() == events.STRANGERS_AN_HOUR + 1


def test_what_an_hour_had_is_over_in_the_next(configure):
    configure({"EVENTS": "all"})
    refused = Refusal("refused.access_denied", "cancelled")
    for _ in range(events.STRANGERS_AN_HOUR):
        events.attempt_refusal(refused, provider="keycloak", identity=None)
    Event.objects.update(at=timezone.now() - timedelta(hours=2))
    events.attempt_refusal(refused, provider="keycloak", identity=None)
    assert Event.objects.count() == events.STRANGERS_AN_HOUR + 1
