"""From a decision to a Django user with its groups and flags: the only writer of User and Group.

One transaction, so that a crash leaves the old state or the new one; a constant number of queries, however
many groups; only what changed is written. What the policy leaves out is never touched. A person with several
linked identities holds a right while one of them grants it whose provider is in the settings; what others
granted is taken back (docs/decisions/0009).

Whom `ALLOW` refuses loses what her last login granted, so that another session or a password of her own keeps
nothing of it. Any other refusal writes nothing: where the provider left roles out (overage) nobody knows
them.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import DataError, IntegrityError, router, transaction
from django.db.models import Q
from django.utils import timezone

from relyant import conf, memberships, user_fields
from relyant.errors import Refusal, database_translated
from relyant.models import Grants, LinkedIdentity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from relyant import _core

logger = logging.getLogger("relyant")

# A login that another one overtook finds what that one made when it looks again.
_ATTEMPTS = 3
# Field of the user model: the decision's word for it.
_FLAGS = {"is_staff": "staff", "is_superuser": "superuser"}


@dataclass(frozen=True)
class Provisioned:
    """What a login made of the user."""

    user: Any
    linked_identity: LinkedIdentity
    created: bool
    groups_added: tuple[str, ...]
    groups_removed: tuple[str, ...]
    flags_changed: Mapping[str, bool]


def apply(*, issuer: str, subject: str, decision: _core.Decision) -> Provisioned:
    """Find or create the user of an identity, and give her what the decision says.

    Raises Refusal: the decision's own, `account.*`, or `unavailable.database`. Nothing is written then; but
    `decision.not_allowed` takes back what the identity granted.
    """
    if not decision.allowed:
        if decision.refusal_code == "decision.not_allowed":
            _withdraw(issuer, subject)
        # The message has the roles that would have let her in.
        raise Refusal(decision.refusal_code or "decision.not_allowed", decision.refusal_message or "")
    login = _Login(issuer, subject, decision)
    conflict: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            with _transaction(login.using):
                return login.provision()
        except (IntegrityError, DataError, _OvertakenError) as error:
            conflict = error
    # By name alone: the database's own words may hold somebody's data.
    why = f"the database refused the user: {type(conflict).__name__}"
    raise Refusal("account.conflict", why) from conflict


@dataclass(frozen=True)
class _Nothing:
    """The decision about somebody who may not come in any more: of what was granted, nothing is left."""

    staff: bool | None
    superuser: bool | None
    groups_mode: str = "named"
    granted_groups: tuple[str, ...] = ()
    managed_groups: tuple[str, ...] = ()

    @classmethod
    def after(cls, granted: Grants) -> _Nothing:
        """A flag that the policy didn't own stays out of it."""
        staff, superuser = (None if flag is None else False for flag in (granted.staff, granted.superuser))
        return cls(staff, superuser)


def _withdraw(issuer: str, subject: str) -> None:
    """Take back what an identity granted at its last login; what others grant, or a hand gave, stays."""
    using = router.db_for_write(get_user_model())
    try:
        with _transaction(using):
            linked = LinkedIdentity.objects.using(using).filter(issuer=issuer, subject=subject).first()
            if linked is not None:
                _Login(issuer, subject, _Nothing.after(linked.granted)).withdraw()
    except _OvertakenError:
        logger.info("a refused user was deleted meanwhile")


@contextmanager
def _transaction(using: str) -> Iterator[None]:
    """All of it or nothing; a database that is away is a refusal."""
    with database_translated(), transaction.atomic(using=using):
        yield


class _OvertakenError(Exception):
    """Somebody else was quicker: to create this user, or to delete her."""


@dataclass(frozen=True)
class _Elsewhere:
    """What a user's other identities granted: those whose providers are in the settings, and the others."""

    held: tuple[Grants, ...]
    orphaned: tuple[LinkedIdentity, ...]

    @classmethod
    def sorted_from(cls, others: Iterable[LinkedIdentity]) -> _Elsewhere:
        """Sort by issuer. Nobody can ask a provider that is gone whether it still grants something."""
        issuers = {provider.issuer for provider in conf.relyant_settings().providers.values()}
        granting = [one for one in others if one.granted != Grants()]
        return cls(
            held=tuple(one.granted for one in granting if one.issuer in issuers),
            orphaned=tuple(one for one in granting if one.issuer not in issuers),
        )

    @property
    def held_groups(self) -> frozenset[str]:
        return frozenset().union(*(one.groups for one in self.held))

    @property
    def orphaned_groups(self) -> frozenset[str]:
        return frozenset().union(*(one.granted.groups for one in self.orphaned))

    def has_orphaned(self, right: str) -> bool:
        """Whether a provider that is gone granted a flag."""
        return any(getattr(one.granted, right) for one in self.orphaned)


@dataclass(frozen=True)
class _GroupPlan:
    """What a login grants, and the memberships that begin and end with it."""

    granted: frozenset[str] = frozenset()
    join: frozenset[str] = frozenset()
    leave: frozenset[str] = frozenset()


class _Login:
    """One login's way through the database; the caller opens the transaction."""

    def __init__(self, issuer: str, subject: str, decision: _core.Decision | _Nothing) -> None:
        self.key = {"issuer": issuer, "subject": subject}
        self.decision: Any = decision
        self.model: Any = get_user_model()
        self.fields = {one.name for one in self.model._meta.get_fields()}
        self.using = router.db_for_write(self.model)
        self.held: dict[Any, Any] = {}
        self.keeps_last_superuser = False

    def provision(self) -> Provisioned:
        """Do all of it."""
        now = timezone.now()
        # A write comes first. It holds the row, so that two logins of one identity wait for each other; and
        # SQLite takes its lock before it has read anything.
        known = self._identities(**self.key).update(last_login_at=now)
        linked = self._returning() if known else self._first_login(now)
        user = linked.user
        others = self._others(linked)
        fields = self._set_fields(user) if known else []
        flags = self._set_flags(user, others)
        if fields or flags:
            user.save(using=self.using, update_fields=[*fields, *flags])
        plan = self._synchronise_groups(user, linked.granted.groups, others)
        self._remember(linked, plan.granted)
        self._forget_orphaned(others)
        return Provisioned(
            user=user,
            linked_identity=linked,
            created=not known,
            groups_added=tuple(sorted(plan.join)),
            groups_removed=tuple(sorted(plan.leave)),
            flags_changed=flags,
        )

    def withdraw(self) -> None:
        """Take back what the identity granted; the user's last login stays the one that it was."""
        linked = self._returning()
        others = self._others(linked)
        flags = self._set_flags(linked.user, others)
        if flags:
            linked.user.save(using=self.using, update_fields=list(flags))
        self._synchronise_groups(linked.user, linked.granted.groups, others)
        self._remember(linked, frozenset())
        self._forget_orphaned(others)

    def _returning(self) -> LinkedIdentity:
        """Return the identity with its user, held until the transaction ends."""
        linked = self._identities(**self.key).select_related("user").get()
        if {"issuer": linked.issuer, "subject": linked.subject} != self.key:
            # Core §2: a subject is case-sensitive, whatever the database's collation takes for equal.
            raise Refusal("account.conflict", "the database takes another subject for this one")
        linked.user = self._hold(linked.user)
        if not linked.user.is_active:
            raise Refusal("account.inactive", f"user {linked.user.pk} is deactivated")
        return linked

    def _hold(self, user: Any) -> Any:
        """Lock the user, and return her as she is then.

        Where she may cease to be a superuser all of them are locked, so that no two of them go at one time;
        and in one order, so that no two wait for each other.
        """
        held = Q(pk=user.pk)
        if not self.decision.superuser and getattr(user, "is_superuser", False):
            held |= Q(is_superuser=True)
        self.held = {one.pk: one for one in self._users(held).order_by("pk").select_for_update()}
        if user.pk not in self.held:
            raise _OvertakenError
        return self.held[user.pk]

    def _first_login(self, now: datetime) -> LinkedIdentity:
        """Create a user without a password, and link her: never an account that was there."""
        values = user_fields.values(self.model, self.decision.user)
        name_field = self.model.USERNAME_FIELD
        if name_field not in values:
            raise Refusal("account.no_username", f"no claim filled the user field `{name_field}`")
        self._require_free(values[name_field])
        user = self.model(**values)
        user.set_unusable_password()
        user.save(using=self.using, force_insert=True)
        return self._identities().create(**self.key, user=user, last_login_at=now)

    def _set_fields(self, user: Any) -> list[str]:
        """Take over the claims of a returning user; returns the fields that changed."""
        values = user_fields.values(self.model, self.decision.user)
        changed = {name: value for name, value in values.items() if getattr(user, name) != value}
        if self.model.USERNAME_FIELD in changed:
            self._require_free(changed[self.model.USERNAME_FIELD])
        for name, value in changed.items():
            setattr(user, name, value)
        return list(changed)

    def _require_free(self, name: Any) -> None:
        """Refuse a user name that another user has."""
        if not self._users(Q(**{self.model.USERNAME_FIELD: name})).exists():
            return
        if self._identities(**self.key).filter(**{f"user__{self.model.USERNAME_FIELD}": name}).exists():
            raise _OvertakenError
        raise Refusal(
            "account.username_taken", "another user has the name, and accounts are not joined by name"
        )

    def _set_flags(self, user: Any, others: _Elsewhere) -> dict[str, bool]:
        """Set the flags that the policy owns, or a provider that is gone gave; returns those that changed."""
        changed = {}
        for name, right in _FLAGS.items():
            granted = getattr(self.decision, right)
            owned = granted is not None or others.has_orphaned(right)
            if not owned or name not in self.fields:
                continue
            wanted = bool(granted) or any(getattr(other, right) for other in others.held)
            if getattr(user, name) == wanted:
                continue
            if name == "is_superuser" and self._is_last_superuser(user):
                self.keeps_last_superuser = True
                continue
            changed[name] = wanted
            setattr(user, name, wanted)
        return changed

    def _is_last_superuser(self, user: Any) -> bool:
        """Whether no other active superuser is left among those who are held."""
        if not user.is_superuser or any(
            other.is_superuser and other.is_active for other in self.held.values() if other.pk != user.pk
        ):
            return False
        logger.warning(
            "user %s is the last active superuser and keeps the flag that the policy takes away", user.pk
        )
        return True

    def _synchronise_groups(self, user: Any, before: frozenset[str], others: _Elsewhere) -> _GroupPlan:
        """Begin and end memberships as the policy says."""
        unmanaged = self.decision.groups_mode == "unmanaged"
        before = others.orphaned_groups | (frozenset() if unmanaged else before)
        if (unmanaged and not before) or "groups" not in self.fields:
            return _GroupPlan()
        current = dict(user.groups.using(self.using).values_list("name", "pk"))
        elsewhere = others.held_groups
        if self.decision.groups_mode != "same-name":
            plan = _plan_named(self.decision, frozenset(current), before, elsewhere)
            joining = self._group_ids(plan.join, create=True)
        else:
            candidates = self._group_ids(self.decision.candidate_groups)
            plan = _plan_same_name(frozenset(candidates), frozenset(current), before, elsewhere)
            joining = candidates
        if plan.join:
            memberships.join(user, [joining[name] for name in plan.join], using=self.using)
        if plan.leave:
            memberships.leave(user, [current[name] for name in plan.leave])
        return plan

    def _group_ids(self, names: Collection[str], *, create: bool = False) -> dict[str, Any]:
        """Return the ids of groups by name; those that are missing are created, or left out."""
        if not names:
            return {}
        groups = Group._base_manager.using(self.using).filter(name__in=names).values_list("name", "pk")
        # Compared again, since a database may fold case where a role must not.
        found = {name: pk for name, pk in groups if name in names}
        missing = sorted(set(names) - found.keys())
        if create and missing:
            memberships.insert([Group(name=name) for name in missing], using=self.using)
            found = dict(groups.all())
        return found

    def _remember(self, linked: LinkedIdentity, groups: frozenset[str]) -> None:
        """Keep what this identity grants, for its next login and for its user's other identities."""
        grants = Grants(groups, self.decision.staff, self.decision.superuser)
        if linked.granted != grants:
            linked.grants = grants.to_json()
            linked.save(using=self.using, update_fields=["grants"])

    def _others(self, linked: LinkedIdentity) -> _Elsewhere:
        return _Elsewhere.sorted_from(self._identities(user=linked.user).exclude(pk=linked.pk))

    def _forget_orphaned(self, others: _Elsewhere) -> None:
        """Take back once what a provider that is gone granted: what a hand gives afterwards is the hand's.

        The last superuser's flag was not taken back: its grant stays, to be taken at a later login.
        """
        kept = {one.pk for one in others.orphaned if self.keeps_last_superuser and one.granted.superuser}
        gone = {one.pk for one in others.orphaned} - kept
        for identities, grants in ((kept, Grants(superuser=True)), (gone, Grants())):
            if identities:
                self._identities(pk__in=identities).update(grants=grants.to_json())

    def _identities(self, **having: Any) -> QuerySet[LinkedIdentity]:
        return LinkedIdentity.objects.using(self.using).filter(**having)

    def _users(self, having: Q) -> QuerySet[Any]:
        """All users, those included that a project's own manager hides."""
        return self.model._base_manager.using(self.using).filter(having)  # type: ignore[no-any-return]


def _plan_named(
    decision: _core.Decision, current: frozenset[str], before: frozenset[str], elsewhere: frozenset[str]
) -> _GroupPlan:
    """Groups that the policy names are the provider's, by whatever hand somebody became a member.

    `before` is what this identity granted at its last login, and what a provider that is gone did: a group
    that no policy names any more goes too.
    """
    granted = frozenset(decision.granted_groups)
    owned = before.union(decision.managed_groups)
    wanted = granted | (owned & elsewhere)
    return _GroupPlan(granted, join=wanted - current, leave=(owned & current) - wanted)


def _plan_same_name(
    existing: frozenset[str], current: frozenset[str], before: frozenset[str], elsewhere: frozenset[str]
) -> _GroupPlan:
    """Each role grants the group of its name, but a membership that no identity granted was made by hand.

    Such a one is never ours to remember, and so never ours to end.
    """
    granted = existing - (current - before - elsewhere)
    return _GroupPlan(granted, join=granted - current, leave=(before & current) - granted - elsewhere)
