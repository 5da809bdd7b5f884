"""A membership that comes in one statement is told of as Django tells of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.db.models.signals import m2m_changed

from relyant import memberships


@pytest.fixture
def heard():
    """What receivers of `m2m_changed` hear."""
    told = []

    def hear(signal, instance, **arguments):
        told.append(arguments)

    m2m_changed.connect(hear)
    yield told
    m2m_changed.disconnect(hear)


@pytest.mark.django_db
def test_receivers_hear_what_django_itself_would_tell_them(heard):
    ids = [Group.objects.create(name=name).pk for name in ("tasters", "brewers")]
    User.objects.create(username="carol").groups.add(*ids)
    by_django = heard.copy()
    heard.clear()
    chris = User.objects.create(username="chris")
    memberships.join(chris, ids, using="default")
    # Before Django 6.1 a membership was never `raw`.
    assert heard == [{"raw": False, **one} for one in by_django]
    assert [one["action"] for one in heard] == ["pre_add", "post_add"]
    assert set(chris.groups.values_list("pk", flat=True)) == set(ids)
