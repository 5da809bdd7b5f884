"""What changes at a login is told: by the result, by a signal after the commit, and by events in the transaction."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models.signals import m2m_changed
from django.test.utils import CaptureQueriesContext

from relyant import signals
from relyant.errors import Refusal
from relyant.models import Event, LinkedIdentity
from relyant.rights import Rights
from tests.conftest import BEER_POLICY, ISSUER

pytestmark = pytest.mark.django_db

CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK")
SAME_NAME = {"GROUPS": "same-name"}


@pytest.fixture
def heard():
    """The arguments of each `rights_changed`."""
    told = []

    def listen(sender, **given):
        told.append((sender, {name: one for name, one in given.items() if name != "signal"}))

    signals.rights_changed.connect(listen)
    yield told
    signals.rights_changed.disconnect(listen)


def happened():
    """What the events since the start of the test say, the oldest first."""
    return [(one.kind, one.detail) for one in Event.objects.order_by("pk")]


# The result and the signal.


def test_a_login_knows_the_rights_before_and_after_it(sign_in):
    first = sign_in("customers")
    assert first.before == Rights()
    assert first.after == Rights(frozenset({"customers"}), staff=True)
    first.user.groups.add(Group.objects.create(name="tasters"))
    second = sign_in("creators", "admins")
    assert second.before == Rights(frozenset({"customers", "tasters"}), staff=True)
    assert second.after == Rights(frozenset({"creators", "tasters"}), staff=True, superuser=True)


def test_a_login_that_changes_nothing_has_the_same_rights_before_and_after(sign_in, heard):
    sign_in("customers")
    again = sign_in("customers")
    assert again.before == again.after == Rights(frozenset({"customers"}), staff=True)
    assert heard == []


def test_the_signal_of_changed_rights_follows_the_commit(sign_in, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        user = sign_in("customers").user
        assert heard == []
    [(sender, told)] = heard
    assert sender is User
    assert set(told) == {"user", "provider", "before", "after", "reasons"}
    assert (told["user"], told["provider"]) == (user, "keycloak")
    assert (told["before"], told["after"]) == (Rights(), Rights(frozenset({"customers"}), staff=True))
    assert {one.effect: one.granted for one in told["reasons"]}["group:customers"]


def test_nobody_hears_of_rights_that_were_rolled_back(sign_in, heard, django_capture_on_commit_callbacks):
    def fail(**_):
        raise RuntimeError

    m2m_changed.connect(fail, sender=User.groups.through)
    try:
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
            sign_in("customers")
    finally:
        m2m_changed.disconnect(fail, sender=User.groups.through)
    assert heard == []


def test_a_refused_person_s_loss_is_told_with_the_refusal(sign_in, heard, django_capture_on_commit_callbacks):
    sign_in("customers")
    Event.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Refusal) as caught:
        sign_in(policy={**BEER_POLICY, "ALLOW": ["customers"]})
    [(_, told)] = heard
    assert (told["before"].groups, told["after"]) == (frozenset({"customers"}), Rights())
    assert [(one.kind, one.code, one.reference) for one in Event.objects.order_by("pk")] == [
        ("groups_changed", "decision.not_allowed", caught.value.reference),
        ("flags_changed", "decision.not_allowed", caught.value.reference),
    ]


def test_a_receiver_that_fails_is_logged_and_fails_no_login(
    sign_in, django_capture_on_commit_callbacks, caplog
):
    def fail(**_):
        raise RuntimeError

    signals.rights_changed.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            sign_in("customers")
    finally:
        signals.rights_changed.disconnect(fail)
    assert "the signal receiver" in caplog.text


# Events.


def test_a_first_login_is_the_events_of_what_it_made(sign_in):
    user = sign_in("customers").user
    person = {"user": {"pk": str(user.pk), "name": "carol"}}
    assert happened() == [
        ("user_created", person),
        ("groups_changed", {**person, "joined": ["customers"], "left": []}),
        ("flags_changed", {**person, "staff": True}),
    ]
    assert {(one.user, one.provider, one.issuer, one.subject) for one in Event.objects.all()} == {
        (user, "keycloak", ISSUER, "sub-carol")
    }


def test_a_later_login_is_the_events_of_what_it_changed(sign_in):
    sign_in("customers")
    Event.objects.all().delete()
    sign_in("creators", "admins")
    groups, flags = happened()
    assert (groups[0], groups[1]["joined"], groups[1]["left"]) == (
        "groups_changed",
        ["creators"],
        ["customers"],
    )
    assert (flags[0], flags[1]["superuser"]) == ("flags_changed", True) and "staff" not in flags[1]


def test_a_login_that_changes_nothing_is_no_event(sign_in):
    sign_in("customers")
    before = happened()
    sign_in("customers")
    assert happened() == before


def test_the_last_superuser_who_keeps_the_flag_is_one_event_and_a_line_each_time(sign_in, caplog):
    adam = sign_in("admins", name="adam").user
    Event.objects.all().delete()
    with caplog.at_level(logging.WARNING, "relyant"):
        for _ in range(2):
            sign_in(name="adam")
    assert [kind for kind, _ in happened()].count("superuser_kept") == 1
    assert caplog.text.count(f"user {adam.pk} is the last active superuser") == 2
    sign_in("admins", name="adam")
    sign_in(name="adam")
    assert [kind for kind, _ in happened()].count("superuser_kept") == 2


# AZ-09
def test_a_login_that_fails_leaves_no_event(sign_in):
    def fail(action, **_):
        if action == "post_add":
            raise RuntimeError

    m2m_changed.connect(fail, sender=User.groups.through)
    try:
        with pytest.raises(RuntimeError):
            sign_in("customers")
    finally:
        m2m_changed.disconnect(fail, sender=User.groups.through)
    assert happened() == []


def test_without_events_there_is_no_row(sign_in, configure):
    configure({"EVENTS": "off"})
    sign_in("customers")
    assert happened() == []


# How often the database is asked.


def statements(login):
    """What the database is asked, but for the control of transactions."""
    with CaptureQueriesContext(connection) as captured:
        login()
    return [one["sql"] for one in captured if not one["sql"].startswith(CONTROL)]


@pytest.mark.parametrize("number", [1, 100, 1000])
@pytest.mark.parametrize("same_name", [False, True])
def test_a_login_costs_so_many_statements_whatever_the_number_of_groups(sign_in, number, same_name):
    """What changed costs more: each kind of membership, what is remembered, and the event."""
    names = [f"g{i}" for i in range(number)]
    Group.objects.bulk_create([Group(name=name) for name in names])
    policy = SAME_NAME if same_name else {"GROUPS": {name: [name] for name in names}}
    sign_in(policy=policy)
    joining = statements(lambda: sign_in(*names, policy=policy))
    same = statements(lambda: sign_in(*names, policy=policy))
    leaving = statements(lambda: sign_in(policy=policy))
    assert User.objects.get().groups.count() == 0
    assert (len(same), len(joining), len(leaving)) == (4, 7, 7)
    assert sum(one.startswith('INSERT INTO "relyant_event"') for one in joining) == 1


@pytest.mark.parametrize("number", [1, 100, 1000])
def test_a_whole_sign_in_costs_ten_statements_and_four_more_when_groups_begin_and_end(
    client, configure, relyant_provider, number
):
    """The callback with its session: groups that begin and others that end in one login, too."""

    def sign_in_with(prefix):
        groups = {f"{prefix}{i}": ["customers"] for i in range(number)}
        configure({"PROVIDERS.keycloak.POLICY": {"GROUPS": groups}})
        client.cookies.clear()
        return statements(lambda: relyant_provider.sign_in(client, "carol"))

    Group.objects.bulk_create([Group(name=f"new{i}") for i in range(number)])
    sign_in_with("old")
    same, changed = sign_in_with("old"), sign_in_with("new")
    assert User.objects.get().groups.filter(name__startswith="new").count() == number
    assert User.objects.get().groups.count() == number
    assert (len(same), len(changed)) == (10, 14)


def test_a_superuser_s_login_costs_two_statements_more(sign_in):
    """The policy may take the flag away: the first attempt finds that all superusers have to be locked."""
    sign_in("customers")
    User.objects.update(is_superuser=True)
    policy = {"GROUPS": {"customers": ["customers"]}}
    sign_in("customers", policy=policy)
    assert len(statements(lambda: sign_in("customers", policy=policy))) == 6


def test_what_is_remembered_and_why_are_one_statement(sign_in, decide):
    from relyant import explanation, provisioning

    def login(*roles):
        decision = decide(*roles)
        provisioning.apply(
            provider="keycloak",
            issuer=ISSUER,
            subject="sub-carol",
            decision=decision,
            explained=explanation.of(decision),
        )

    def writes():
        with CaptureQueriesContext(connection) as captured:
            login("creators")
        return [one["sql"] for one in captured if one["sql"].startswith('UPDATE "relyant_linkedidentity"')]

    login("customers")
    _last_login, both = writes()
    assert '"grants" =' in both and '"explanation" =' in both
    assert LinkedIdentity.objects.get().explanation["reasons"]
    assert len(writes()) == 1
