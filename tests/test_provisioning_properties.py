"""What holds for any policies, roles, memberships and orders of logins: a seeded walk through many of them.

No library draws the cases, since the matrix runs these tests on versions that none supports all of.
"""

from __future__ import annotations

import itertools
import random

import pytest
from django.contrib.auth.models import Group, User

from relyant.models import LinkedIdentity
from tests.conftest import ISSUER

OTHER_ISSUER = "https://login.pub.example"
ISSUERS = (ISSUER, OTHER_ISSUER)
NAMES = [f"g{number}" for number in range(5)]
# Groups that no policy below names and no role has the name of.
BY_HAND = ["hand1", "hand2"]
SEEDS = range(30)

pytestmark = pytest.mark.django_db


class Carol:
    """A user with an identity at each of two providers, each with a policy of its own."""

    def __init__(self, draw, sign_in, configure):
        self.draw = draw
        self.sign_in = sign_in
        self.policies = [self.some_policy() for _ in ISSUERS]
        configure(
            {
                "PROVIDERS": {
                    f"p{number}": {"ISSUER": issuer, "CLIENT_ID": "beer"}
                    for number, issuer in enumerate(ISSUERS)
                }
            }
        )
        for name in [*NAMES, *BY_HAND]:
            Group.objects.get_or_create(name=name)
        self.user = sign_in(policy={}, subject="0", issuer=ISSUER).user
        LinkedIdentity.objects.create(
            issuer=OTHER_ISSUER,
            subject="1",
            user=self.user,
            last_login_at=LinkedIdentity.objects.get().last_login_at,
        )
        self.user.groups.add(*Group.objects.filter(name__in=self.some([*BY_HAND, *self.unnamed()])))

    def unnamed(self):
        """Groups that neither policy names: a membership of one is a hand's, until a role brings it."""
        maps = [policy["GROUPS"] for policy in self.policies if isinstance(policy.get("GROUPS"), dict)]
        return [name for name in NAMES if not any(name in one for one in maps)]

    def some(self, things):
        return self.draw.sample(list(things), self.draw.randrange(len(things) + 1))

    def some_policy(self):
        """Each key or none of it; each rule any of some roles."""
        policy = {}
        kind = self.draw.choice(["map", "same-name", "none"])
        if kind == "map":
            policy["GROUPS"] = {name: self.some(NAMES) for name in self.some(NAMES)}
        elif kind == "same-name":
            policy["GROUPS"] = "same-name"
        for key in ("STAFF", "SUPERUSER"):
            if self.draw.random() < 0.5:
                policy[key] = self.some(NAMES)
        return policy

    def login(self, which, roles):
        self.sign_in(
            *roles,
            policy=self.policies[which],
            subject=str(which),
            provider=f"p{which}",
            issuer=ISSUERS[which],
        )

    def rights(self):
        user = User.objects.get(pk=self.user.pk)
        return {
            "groups": set(user.groups.values_list("name", flat=True)),
            "staff": user.is_staff,
            "superuser": user.is_superuser,
        }

    def granted(self, which, roles):
        """What a policy gives for these roles: groups and flags; a flag is None where the policy leaves it out."""
        policy, held = self.policies[which], set(roles)
        rule = policy.get("GROUPS", {})
        named = {name for name, any_of in rule.items() if held & set(any_of)} if rule != "same-name" else held
        flags = {
            key: bool(held & set(policy[key])) if key in policy else None for key in ("STAFF", "SUPERUSER")
        }
        return named, flags["STAFF"], flags["SUPERUSER"]


@pytest.fixture
def carol(sign_in, configure):
    # Somebody who keeps the rule about the last superuser out of it.
    User.objects.create_superuser("root")

    def make(seed):
        return Carol(random.Random(seed), sign_in, configure)  # noqa: S311  a walk, no secret

    return make


# AZ-03
@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_logins_of_two_identities_ends_with_the_union(carol, seed):
    person = carol(seed)
    roles = [person.some(NAMES) for _ in ISSUERS]
    expected = [person.granted(which, roles[which]) for which in (0, 1)]
    by_hand = person.rights()["groups"]
    order = [0, 1, *person.draw.choices([0, 1], k=3)]
    person.draw.shuffle(order)
    for which in order:
        person.login(which, roles[which])
    rights = person.rights()
    assert rights["groups"] == expected[0][0] | expected[1][0] | by_hand
    for place, flag in ((1, "staff"), (2, "superuser")):
        owned = [one[place] for one in expected if one[place] is not None]
        assert rights[flag] == any(owned)


# AZ-03
@pytest.mark.parametrize("seed", SEEDS)
def test_only_managed_rights_change(carol, seed):
    """Whatever comes in whatever order: by hand stays by hand, and a flag that no policy names stays."""
    person = carol(seed)
    flags = {"is_staff": person.draw.random() < 0.5, "is_superuser": person.draw.random() < 0.5}
    User.objects.filter(pk=person.user.pk).update(**flags)
    by_hand = person.rights()["groups"]
    for _ in range(6):
        which = person.draw.choice([0, 1])
        before, roles, policy = person.rights(), person.some(NAMES), person.policies[which]
        granted = set(itertools.chain(*(one.granted.groups for one in LinkedIdentity.objects.all())))
        person.login(which, roles)
        after = person.rights()
        assert by_hand <= after["groups"]
        named = policy.get("GROUPS", {})
        managed = set(roles) if named == "same-name" else set(named)
        assert before["groups"] ^ after["groups"] <= managed | granted
        if "GROUPS" not in policy:
            assert after["groups"] == before["groups"]
        for key, flag in (("STAFF", "staff"), ("SUPERUSER", "superuser")):
            if key not in policy:
                assert after[flag] == before[flag]


# AZ-03
@pytest.mark.parametrize("seed", SEEDS)
def test_when_every_role_is_gone_nothing_of_the_providers_is_left(carol, seed):
    person = carol(seed)
    by_hand = person.rights()["groups"]
    for _ in range(4):
        person.login(person.draw.choice([0, 1]), person.some(NAMES))
    for which in (0, 1):
        person.login(which, [])
    rights = person.rights()
    assert rights["groups"] == by_hand
    for key, flag in (("STAFF", "staff"), ("SUPERUSER", "superuser")):
        if any(key in policy for policy in person.policies):
            assert not rights[flag]


# AZ-05
@pytest.mark.parametrize("seed", SEEDS)
def test_az_05_no_role_is_a_flag_that_no_policy_maps(carol, seed):
    """AZ-05: not even one that is called as the flag is."""
    person = carol(seed)
    for which, policy in enumerate(person.policies):
        for key in ("STAFF", "SUPERUSER"):
            policy.pop(key, None)
        person.login(which, ["is_superuser", "is_staff", "superuser", "staff", "admins", *NAMES])
    rights = person.rights()
    assert (rights["staff"], rights["superuser"]) == (False, False)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_active_superuser_keeps_the_flag_in_any_order(sign_in, seed):
    """Nobody else does, and whoever is put to sleep counts for nothing."""
    draw = random.Random(seed)  # noqa: S311  a walk, no secret
    names = ["adam", "eve", "lilith"]
    for name in names:
        sign_in(*draw.choice([["admins"], []]), name=name, policy={"SUPERUSER": ["admins"]})
    awake = dict.fromkeys(names, True)
    flagged = set(superusers())
    for _ in range(12):
        name = draw.choice(names)
        if draw.random() < 0.25:
            awake[name] = not awake[name]
            User.objects.filter(username=name).update(is_active=awake[name])
        elif awake[name]:
            roles = draw.choice([["admins"], []])
            sign_in(*roles, name=name, policy={"SUPERUSER": ["admins"]})
            others = any(awake[one] for one in flagged - {name})
            if roles:
                flagged.add(name)
            elif others:
                flagged.discard(name)
        assert set(superusers()) == flagged


def superusers():
    """Return the names of all superusers, asleep or awake."""
    return User.objects.filter(is_superuser=True).values_list("username", flat=True)
