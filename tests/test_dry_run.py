"""What the admin foretells of unlinking is what unlinking does."""

from __future__ import annotations

import itertools

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from relyant import identities
from relyant.models import LinkedIdentity
from relyant.why import dry_run
from relyant.why.about import Rights, about

pytestmark = pytest.mark.django_db

OTHER, GONE = "https://other.example", "https://gone.example"
OTHERS = {
    "none": None,
    "one that grants the same": (OTHER, {"groups": ["creators"], "staff": True, "superuser": True}),
    "one that grants else": (OTHER, {"groups": ["customers"], "staff": False, "superuser": None}),
    "one that is gone": (GONE, {"groups": ["creators", "old"], "staff": True, "superuser": True}),
}


@pytest.fixture(autouse=True)
def _providers(configure, settings):
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com/realms/brewery"})
    configure({"PROVIDERS.other": {**settings.RELYANT["PROVIDERS"]["keycloak"], "ISSUER": OTHER}})


@pytest.mark.parametrize(
    ("roles", "other", "is_last"),
    list(itertools.product([(), ("creators",), ("admins", "customers")], OTHERS, [True, False])),
)
def test_unlinking_does_what_was_foretold(sign_in, roles, other, is_last):
    if not is_last:
        User.objects.create_superuser("root")
    linked = sign_in(*roles).linked_identity
    carol = linked.user
    carol.groups.add(*(Group.objects.get_or_create(name=name)[0] for name in ("tasters", "old")))
    if OTHERS[other]:
        issuer, grants = OTHERS[other]
        LinkedIdentity.objects.create(
            issuer=issuer, subject="x", user=carol, last_login_at=timezone.now(), grants=grants
        )
    known = about(carol)
    foretold = dry_run.unlinking(known, next(one for one in known.identities if one.linked == linked))
    before = Rights.of(carol)
    identities.unlink(linked, actor=None, may_lock_out=True)
    after = Rights.of(User.objects.get(pk=carol.pk))
    assert set(foretold.leaves) == before.groups - after.groups
    assert set(foretold.joins) == after.groups - before.groups
    flags = {"staff": (before.staff, after.staff), "superuser": (before.superuser, after.superuser)}
    assert dict(foretold.flags) == {name: now for name, (then, now) in flags.items() if then != now}
    owned = "admins" in roles or other == "one that is gone"
    assert foretold.keeps_superuser == (
        before.superuser and is_last and owned and other != "one that grants the same"
    )
