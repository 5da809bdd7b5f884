"""Linking and unlinking by a user's own hand: nothing is taken from another, and nobody locks herself out."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from relyant import identities, signals
from relyant.errors import Refusal
from relyant.models import Event, LinkedIdentity
from tests.conftest import ISSUER

OTHER_ISSUER = "https://login.pub.example"
GONE_ISSUER = "https://gone.example"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_providers(configure, settings):
    """`keycloak` and `pub` are in the settings; what was at `gone.example` is not any more."""
    keycloak = settings.RELYANT["PROVIDERS"]["keycloak"]
    pub = {"ISSUER": OTHER_ISSUER, "CLIENT_ID": "beer"}
    configure({"PROVIDERS": {"keycloak": {**keycloak, "ISSUER": ISSUER}, "pub": pub}})


@pytest.fixture
def carol():
    made = User.objects.create_user("carol")
    made.set_unusable_password()
    made.save()
    return made


def row(user, issuer=ISSUER, subject="sub-carol"):
    return LinkedIdentity.objects.create(
        user=user, issuer=issuer, subject=subject, last_login_at=timezone.now()
    )


def link(user, subject="sub-carol", issuer=OTHER_ISSUER):
    identities.link(user, provider="pub", issuer=issuer, subject=subject)


def code(act, *args, **kwargs):
    before = list(LinkedIdentity.objects.order_by("pk").values())
    with pytest.raises(Refusal) as caught:
        act(*args, **kwargs)
    assert list(LinkedIdentity.objects.order_by("pk").values()) == before
    return caught.value.code


def test_linking_is_an_event_of_hers_and_grants_nothing_yet(carol):
    row(carol)
    link(carol)
    linked = LinkedIdentity.objects.get(issuer=OTHER_ISSUER)
    assert (linked.user, linked.subject, linked.granted.groups) == (carol, "sub-carol", frozenset())
    told = Event.objects.get()
    assert (told.kind, told.user, told.actor, told.provider) == ("linked", carol, carol, "pub")
    assert (told.issuer, told.subject) == (OTHER_ISSUER, "sub-carol")


def test_linking_twice_is_linking_once(carol):
    link(carol)
    link(carol)
    assert LinkedIdentity.objects.count() == Event.objects.count() == 1


# ID-17
def test_an_identity_is_never_taken_from_another_user(carol):
    row(User.objects.create_user("mallory"), OTHER_ISSUER)
    assert code(link, carol) == "account.identity_linked_elsewhere"
    assert not Event.objects.exists()


def test_an_identity_that_another_user_links_in_this_moment_is_not_taken_either(carol, monkeypatch):
    def overtaken(**_):
        raise IntegrityError

    monkeypatch.setattr("relyant.identities.events.record", lambda *_, **__: overtaken())
    assert code(link, carol) == "account.identity_linked_elsewhere"


def test_a_user_has_one_identity_at_each_issuer(carol):
    row(carol, OTHER_ISSUER, "1")
    assert code(link, carol, "2") == "account.provider_linked_already"


def test_who_was_deactivated_meanwhile_links_nothing(carol):
    User.objects.update(is_active=False)
    assert code(link, carol) == "account.inactive"


# AZ-03
def test_unlinking_takes_back_what_the_identity_granted(sign_in):
    carol = sign_in("customers").user
    row(carol, OTHER_ISSUER)
    assert carol.is_staff and carol.groups.exists()
    identities.unlink(LinkedIdentity.objects.get(issuer=ISSUER), actor=carol)
    carol.refresh_from_db()
    assert not carol.is_staff and not carol.groups.exists()
    assert LinkedIdentity.objects.get().issuer == OTHER_ISSUER
    told = Event.objects.get(kind="unlinked")
    assert (told.user, told.actor, told.provider, told.subject) == (carol, carol, "keycloak", "sub-carol")
    by_whom = Event.objects.order_by("pk").values_list("kind", "actor")
    assert list(by_whom)[-3:] == [
        (kind, carol.pk) for kind in ("unlinked", "groups_changed", "flags_changed")
    ]
    assert set(dict(list(by_whom)[:-3]).values()) == {None}


def test_unlinking_leaves_what_another_identity_grants_and_what_a_hand_gave(sign_in):
    carol = sign_in("customers").user
    other = row(carol, OTHER_ISSUER)
    other.grants = {"groups": ["customers"], "staff": None, "superuser": None}
    other.save()
    carol.groups.create(name="by hand")
    identities.unlink(LinkedIdentity.objects.get(issuer=ISSUER), actor=carol)
    assert set(carol.groups.values_list("name", flat=True)) == {"customers", "by hand"}


def test_the_last_superuser_keeps_the_flag_when_she_unlinks(sign_in):
    adam = sign_in("admins").user
    row(adam, OTHER_ISSUER)
    identities.unlink(LinkedIdentity.objects.get(issuer=ISSUER), actor=adam)
    adam.refresh_from_db()
    assert adam.is_superuser


def test_nobody_unlinks_her_last_way_in(carol):
    only = row(carol)
    row(carol, GONE_ISSUER)
    assert code(identities.unlink, only, actor=carol) == "account.last_way_in"
    assert not Event.objects.exists()


def test_a_password_is_another_way_in(carol):
    carol.set_password("local")
    carol.save()
    identities.unlink(row(carol), actor=carol)
    assert not LinkedIdentity.objects.exists()


def test_what_lets_nobody_in_any_more_may_go(carol):
    row(carol)
    identities.unlink(row(carol, GONE_ISSUER), actor=carol)
    assert LinkedIdentity.objects.get().issuer == ISSUER
    assert Event.objects.get().provider == ""


def test_an_operator_may_unlink_the_last_one_of_somebody_who_is_deactivated(carol):
    only, adam = row(carol), User.objects.create_user("adam")
    User.objects.filter(pk=carol.pk).update(is_active=False)
    identities.unlink(only, actor=adam, may_lock_out=True)
    assert not LinkedIdentity.objects.exists()
    assert (Event.objects.get().user, Event.objects.get().actor) == (carol, adam)


def test_unlinking_twice_is_unlinking_once(carol):
    row(carol, OTHER_ISSUER)
    linked = row(carol)
    identities.unlink(linked, actor=carol)
    linked.pk = 1
    identities.unlink(linked, actor=carol)
    assert Event.objects.count() == 1


def test_a_password_of_hers_keeps_the_name_that_goes_with_it(sign_in):
    hops = User.objects.create_user("hops", password="local")
    row(hops)
    user = sign_in(claims={"given_name": "Carol"}).user
    user.refresh_from_db()
    assert (user, user.username, user.first_name) == (hops, "hops", "Carol")


def test_her_first_provider_names_her_and_another_one_does_not(sign_in):
    carol = sign_in().user
    row(carol, OTHER_ISSUER, "2")
    other = {"provider": "pub", "issuer": OTHER_ISSUER, "subject": "2"}
    assert sign_in(name="caroline", **other).user.username == "carol"
    assert sign_in(name="cary", subject="sub-carol").user.username == "cary"
    LinkedIdentity.objects.filter(issuer=ISSUER).update(issuer=GONE_ISSUER)
    assert sign_in(name="caroline", **other).user.username == "caroline"


@pytest.mark.django_db(transaction=True)
def test_receivers_hear_of_it_once_it_is_done_and_stop_nothing(carol):
    heard = []

    def failing(**_):
        raise LookupError

    def listen(signal, **told):
        assert LinkedIdentity.objects.filter(issuer=OTHER_ISSUER).exists() is (signal is linked)
        heard.append((told["user"], told.get("actor"), told["provider"], told["issuer"], told["subject"]))

    linked, unlinked = signals.identity_linked, signals.identity_unlinked
    for signal in (linked, unlinked):
        signal.connect(failing)
        signal.connect(listen)
    try:
        row(carol)
        link(carol)
        link(carol)
        with transaction.atomic():
            identities.unlink(LinkedIdentity.objects.get(issuer=OTHER_ISSUER), actor=carol)
            assert len(heard) == 1
    finally:
        for signal in (linked, unlinked):
            signal.disconnect(failing)
            signal.disconnect(listen)
    told = ("pub", OTHER_ISSUER, "sub-carol")
    assert heard == [(carol, None, *told), (carol, carol, *told)]
