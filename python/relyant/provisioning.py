"""From a decision to a Django user with its groups and flags: the only writer of User and Group.

One transaction, so that a crash leaves the old state or the new one; a constant number of queries, however
many groups; only what changed is written. What the policy leaves out is never touched. A person with several
linked identities holds a right while one of them that counts grants it; what the others granted is taken back
(docs/decisions/0009). What changed is an event in the same transaction, and a signal after it.

Whom `ALLOW` or the hook refuses loses what her last login granted, so that another session or a password of
her own keeps nothing of it. Any other refusal writes nothing: where the provider left roles out (overage)
nobody knows them.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth import get_user_model
from django.db import DataError, IntegrityError, connections, router, transaction
from django.db.models import F, Q
from django.utils import timezone

from relyant import conf, events, linking, memberships, signals, user_fields, user_names
from relyant.decision import HookedDecision
from relyant.errors import Refusal, database_translated
from relyant.models import EventKind, Grants, LinkedIdentity
from relyant.other_identities import Elsewhere, is_first
from relyant.rights import GroupPlan, Rights, plan_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from relyant import _core
    from relyant.decision import Decision
    from relyant.models import Event

logger = logging.getLogger("relyant")

_Done = TypeVar("_Done")

# A login that another one overtook finds what that one made when it looks again.
_ATTEMPTS = 3
# Field of the user model: the decision's word for it.
_FLAGS = {"is_staff": "staff", "is_superuser": "superuser"}
# Refusals by the policy itself. After any other nobody knows what she should have.
_WITHDRAWING = ("decision.not_allowed", "decision.refused_by_hook")
# A log line names so many of the groups that are missing.
_NAMED = 5


@dataclass(frozen=True)
class Provisioned:
    """What a login made of the user: her rights `before` and `after` it, and what differs."""

    user: Any
    linked_identity: LinkedIdentity
    created: bool
    before: Rights
    after: Rights
    groups_added: tuple[str, ...]
    groups_removed: tuple[str, ...]
    flags_changed: Mapping[str, bool]
    # Whether it took over an account that was here before.
    adopted: bool = False


@dataclass(frozen=True)
class _Account:
    """An account at a provider, by its name in the settings; `claims` gets the verified claims by source."""

    provider: str
    issuer: str
    subject: str
    claims: Callable[[], Mapping[str, Mapping[str, Any]]] = field(default=dict, repr=False)

    @property
    def key(self) -> dict[str, str]:
        """What finds the account's linked identity."""
        return {"issuer": self.issuer, "subject": self.subject}


def apply(  # noqa: PLR0913  what a login has found out, each by its name
    *,
    provider: str,
    issuer: str,
    subject: str,
    decision: Decision,
    explained: Mapping[str, Any] | None = None,
    claims: Callable[[], Mapping[str, Mapping[str, Any]]] = dict,
) -> Provisioned:
    """Find or create the user of an identity, and give her what the decision says.

    `explained` is the decision in words, for the linked identity to keep; `claims` gets the verified claims
    by source, for a first login to find an account that was here before. Raises Refusal: the decision's own,
    `account.*`, or `unavailable.database`. Nothing is written then; but a refusal by `ALLOW` or
    the hook takes back what the identity granted.
    """
    account = _Account(provider, issuer, subject, claims)
    if not decision.allowed:
        refusal = refusal_of(decision)
        if refusal.code in _WITHDRAWING:
            _withdraw(partial(_Login, account, decision, explained, refusal))
        raise refusal
    try:
        return _carried_out(partial(_Login, account, decision, explained), _Login.provision)
    except (IntegrityError, DataError, _OvertakenError) as error:
        # By name alone: the database's own words may hold somebody's data.
        why = f"the database refused the user: {type(error).__name__}"
        raise Refusal("account.conflict", why) from error


def unlink(
    *,
    provider: str,
    issuer: str,
    subject: str,
    actor: Any,
    permit: Callable[[Any, LinkedIdentity, Sequence[LinkedIdentity]], None],
) -> Any:
    """Take back what an identity granted, and delete it, if it is there; an event of whoever did it.

    Returns the user, or None where it was gone already. `permit` gets the user, locked, the identity and her
    other ones, and raises the Refusal that keeps it.
    """
    make = partial(_Login, _Account(provider, issuer, subject), _Nothing(None, None, ()), None)
    try:
        return _carried_out(make, lambda login: login.unlink(actor, permit))
    except _OvertakenError:
        return None


@dataclass(frozen=True)
class _Nothing:
    """The decision about somebody who may not come in any more: of what was granted, nothing is left."""

    staff: bool | None
    superuser: bool | None
    reasons: Sequence[_core.Reason]
    groups_mode: str = "named"
    granted_groups: tuple[str, ...] = ()
    managed_groups: tuple[str, ...] = ()
    create_groups: bool = False

    @classmethod
    def after(cls, granted: Grants, reasons: Sequence[_core.Reason]) -> _Nothing:
        """A flag that the policy didn't own stays out of it."""
        staff, superuser = (None if flag is None else False for flag in (granted.staff, granted.superuser))
        return cls(staff, superuser, reasons)


def refusal_of(decision: Decision) -> Refusal:
    """Return the hook's own refusal; or one whose message has the roles that would have let her in."""
    if isinstance(decision, HookedDecision) and decision.refusal:
        return decision.refusal
    return Refusal(decision.refusal_code or "decision.not_allowed", decision.refusal_message or "")


def _withdraw(make: Callable[..., _Login]) -> None:
    """Take back what an identity granted at its last login; what others grant, or a hand gave, stays."""
    try:
        _carried_out(make, _Login.withdraw)
    except _OvertakenError:
        logger.info("a refused user was deleted meanwhile")


def _carried_out(make: Callable[..., _Login], act: Callable[[_Login], _Done]) -> _Done:
    """Do one thing in a transaction; where that fails, do it anew, with all superusers locked.

    The first time as for anybody else: a scan for superusers would cost each login something. But who turns
    out to be one already holds her own row then, and two of them would wait for each other's.
    """
    with_superusers = False
    for _ in range(_ATTEMPTS - 1):
        try:
            return _once(make(with_superusers=with_superusers), act)
        except (IntegrityError, DataError, _OvertakenError):
            with_superusers = True
    return _once(make(with_superusers=True), act)


def _once(login: _Login, act: Callable[[_Login], _Done]) -> _Done:
    with _transaction(login.using):
        done = act(login)
    # FT-30: a log that blocks holds no row.
    for message, *values in login.warnings:
        logger.warning(message, *values)
    return done


@contextmanager
def _transaction(using: str) -> Iterator[None]:
    """All of it or nothing; a database that is away is a refusal."""
    with database_translated(), transaction.atomic(using=using):
        yield


class _OvertakenError(Exception):
    """Somebody else was quicker: to create this user, or to delete her. Or she is a superuser."""


class _Login:
    """The way of one login, or of one unlinking, through the database; the caller opens the transaction."""

    def __init__(
        self,
        account: _Account,
        decision: Decision | _Nothing,
        explained: Mapping[str, Any] | None,
        refusal: Refusal | None = None,
        *,
        with_superusers: bool = False,
    ) -> None:
        self.account = account
        self.with_superusers = with_superusers
        self.decision: Any = decision
        self.explained = explained
        self.refusal = refusal
        self.model: Any = get_user_model()
        self.fields = {one.name for one in self.model._meta.get_fields()}
        self.using = router.db_for_write(self.model)
        self.held: dict[Any, Any] = {}
        self.others = Elsewhere((), ())
        self.is_first_identity = True
        self.keeps_last_superuser = False
        self.happened: list[Event] = []
        # What the log is told once the transaction is over: a message, and what stands in it.
        self.warnings: list[tuple[Any, ...]] = []
        # Who does it, where it is no login.
        self.actor: Any = None

    def provision(self) -> Provisioned:
        """Do all of it."""
        now = timezone.now()
        # A write comes first. It holds the row, so that two logins of one identity wait for each other; and
        # SQLite takes its lock before it has read anything.
        known = self._identities(**self.account.key).update(last_login_at=now)
        if known:
            linked = self._returning()
            return self._give(linked, self._set_fields(linked.user), created=False)
        return self._first_login(now)

    def withdraw(self) -> None:
        """Take back what the identity granted; the user's last login stays the one that it was."""
        # As above: a write, though of what is there.
        if self._identities(**self.account.key).update(last_login_at=F("last_login_at")):
            linked = self._returning(inactive_too=True)
            self.decision = _Nothing.after(linked.granted, self.decision.reasons)
            self._give(linked, [], created=False)

    def unlink(
        self, actor: Any, permit: Callable[[Any, LinkedIdentity, Sequence[LinkedIdentity]], None]
    ) -> Any:
        """Take back what the identity granted, and delete it; returns its user."""
        if not self._identities(**self.account.key).update(last_login_at=F("last_login_at")):
            return None
        linked = self._returning(inactive_too=True)
        permit(linked.user, linked, list(self._identities(user=linked.user).exclude(pk=linked.pk)))
        self.decision = _Nothing.after(linked.granted, ())
        self.actor = actor
        self._note(EventKind.UNLINKED, linked.user)
        self._give(linked, [], created=False)
        linked.delete(using=self.using)
        return linked.user

    def _give(self, linked: LinkedIdentity, fields: list[str], *, created: bool) -> Provisioned:
        """Give the user the rights of the decision, and write what changed, these fields too."""
        user = linked.user
        if created:
            self._note(EventKind.USER_CREATED, user)
        groups = self._known_groups(user)
        before = self._rights(user, groups.hers)
        flags = self._set_flags(user, linked.granted)
        if fields or flags:
            user.save(using=self.using, update_fields=[*fields, *flags])
        plan = self._synchronise_groups(user, groups, linked.granted.groups)
        self._remember(linked, plan.granted)
        self._forget_orphaned()
        after = self._rights(user, (before.groups | plan.join) - plan.leave)
        self._tell(user, before, after)
        return Provisioned(
            user=user,
            linked_identity=linked,
            created=created,
            before=before,
            after=after,
            groups_added=tuple(sorted(plan.join)),
            groups_removed=tuple(sorted(plan.leave)),
            flags_changed=flags,
        )

    def _returning(self, *, inactive_too: bool = False) -> LinkedIdentity:
        """Return the identity with its user, held until the transaction ends."""
        owner = self._identities(**self.account.key).values("user")
        self._hold(Q(pk__in=owner))
        if not self.held:
            raise _OvertakenError
        # Only now: a login of another of her identities may have gone before.
        hers = list(self._identities(user__in=owner))
        linked = next((one for one in hers if one.key == self.account.key), None)
        if linked is None and hers:
            # Core §2: a subject is case-sensitive, whatever the database's collation takes for equal.
            raise Refusal("account.conflict", "the database takes another subject for this one")
        if linked is None or linked.user_id not in self.held:
            raise _OvertakenError
        linked.user = self.held[linked.user_id]
        if not linked.user.is_active and not inactive_too:
            raise Refusal("account.inactive", f"user {linked.user.pk} is deactivated")
        self.others = Elsewhere.sorted_from(one for one in hers if one.pk != linked.pk)
        self.is_first_identity = is_first(linked, hers)
        return linked

    def _hold_one(self, user: Any) -> Any:
        """Lock a user, and return her as she is then."""
        self._hold(Q(pk=user.pk))
        if user.pk not in self.held:
            raise _OvertakenError
        return self.held[user.pk]

    def _hold(self, her: Q) -> None:
        """Lock a user.

        Where she may cease to be a superuser all of them are locked, so that no two of them go at one time;
        and in one order, so that no two wait for each other.
        """
        if self.decision.superuser or "is_superuser" not in self.fields:
            self.held = self._lock(her)
        elif self.with_superusers:
            self.held = self._lock(her | Q(is_superuser=True))
        else:
            self.held = self._lock(her & Q(is_superuser=False))

    def _lock(self, having: Q) -> dict[Any, Any]:
        return {one.pk: one for one in self._users(having).order_by("pk").select_for_update()}

    def _first_login(self, now: datetime) -> Provisioned:
        """Create a user; or take over an account that was here before, where `LINK` finds one."""
        values = user_fields.values(self.model, self.decision.user)
        account = self.account
        told = {**values, **user_fields.names_as_told(self.model, self.decision.user)}
        newcomer = linking.Newcomer(account.provider, account.issuer, account.subject, told, account.claims)
        adopted = linking.find(newcomer, self._users(Q()), self._hold_one)
        if adopted is not None:
            return self._adopt(adopted, now)
        return self._give(self._link(self._create(values), now), [], created=True)

    def _adopt(self, adopted: linking.Adopted, now: datetime) -> Provisioned:
        """Link an account that was here before. Her password, and the sessions made with it, end here."""
        user = adopted.user
        hers = list(self._identities(user=user))
        self.others = Elsewhere.sorted_from(hers)
        linked = self._link(user, now)
        self.is_first_identity = is_first(linked, hers)
        self._note(EventKind.ADOPTED, user, rule=adopted.rule, keeps_password=adopted.keeps_password)
        fields = []
        if not adopted.keeps_password:
            user.set_unusable_password()
            fields.append("password")
        fields += self._set_fields(user)
        return replace(self._give(linked, fields, created=False), adopted=True)

    def _create(self, values: dict[str, Any]) -> Any:
        """Create a user without a password: never an account that was there."""
        name_field = self.model.USERNAME_FIELD
        if name_field not in values:
            raise Refusal("account.no_username", f"no claim filled the user field `{name_field}`")
        user = self.model(**{**values, name_field: self._free_name(values[name_field])})
        user.set_unusable_password()
        user.save(using=self.using, force_insert=True)
        return user

    def _link(self, user: Any, now: datetime) -> LinkedIdentity:
        return self._identities().create(**self.account.key, user=user, last_login_at=now)

    def _set_fields(self, user: Any) -> list[str]:
        """Take over the claims of a returning user; returns the fields that changed."""
        values = user_fields.values(self.model, self.decision.user)
        name_field = self.model.USERNAME_FIELD
        if name_field in values:
            values[name_field] = self._name_of(user, values[name_field])
        changed = {name: value for name, value in values.items() if getattr(user, name) != value}
        for name, value in changed.items():
            setattr(user, name, value)
        return list(changed)

    def _name_of(self, user: Any, wanted: Any) -> Any:
        """Return the name that a user has from now on.

        Whoever has a password signs in here by her name, and keeps it; and whoever has linked several
        providers would have another one each time, so that only her first one names her.
        """
        now = user.get_username()
        keeps = user.has_usable_password() or not self.is_first_identity
        if keeps or user_names.is_hers(self.model, now, wanted, **self.account.key):
            return now
        return self._free_name(wanted)

    def _free_name(self, wanted: Any) -> Any:
        """Return the user name that she gets: the wanted one, or what `USERNAME_COLLISION` makes of it."""
        provider = conf.relyant_settings().providers.get(self.account.provider)
        collision = provider.username_collision if provider else user_names.REFUSE
        suffixed = user_names.suffixed(self.model, wanted, **self.account.key)
        return user_names.choose(
            [wanted, *(suffixed if collision == user_names.SUFFIX else [])], self._is_taken
        )

    def _is_taken(self, name: Any) -> bool:
        """Whether another user has a user name."""
        name_field = self.model.USERNAME_FIELD
        if not self._users(Q(**{name_field: name})).exists():
            return False
        if self._identities(**self.account.key).filter(**{f"user__{name_field}": name}).exists():
            raise _OvertakenError
        return True

    def _set_flags(self, user: Any, remembered: Grants) -> dict[str, bool]:
        """Set the flags that the policy owns, or that an identity gave which no longer counts.

        Returns those that changed.
        """
        changed = {}
        for name, right in _FLAGS.items():
            granted = getattr(self.decision, right)
            # What a hook granted is its own to take back, though the policy may leave the key out.
            by_hook = isinstance(self.decision, HookedDecision) and getattr(remembered, right)
            owned = granted is not None or by_hook or self.others.has_orphaned(right)
            if not owned or name not in self.fields:
                continue
            wanted = bool(granted) or any(getattr(other, right) for other in self.others.held)
            if getattr(user, name) == wanted:
                continue
            if name == "is_superuser" and self._is_last_superuser(user):
                self._keep_last_superuser(user, remembered)
                continue
            changed[name] = wanted
            setattr(user, name, wanted)
        return changed

    def _is_last_superuser(self, user: Any) -> bool:
        """Whether no other active superuser is left among those who are held."""
        others = [other for other in self.held.values() if other.pk != user.pk]
        return bool(user.is_superuser) and not any(one.is_superuser and one.is_active for one in others)

    def _keep_last_superuser(self, user: Any, remembered: Grants) -> None:
        """Withhold the demotion: said at each login, and an event once."""
        self.keeps_last_superuser = True
        message = "user %s is the last active superuser and keeps the flag that the policy takes away"
        self.warnings.append((message, user.pk))
        if not remembered.superuser_kept:
            self._note(EventKind.SUPERUSER_KEPT, user)

    def _known_groups(self, user: Any) -> memberships.Known:
        """The groups that the user is in, and those that she may come to be in."""
        if "groups" not in self.fields:
            return memberships.Known({}, frozenset())
        return memberships.read(user, self._wanted_groups() | self.others.held_groups, using=self.using)

    def _wanted_groups(self) -> frozenset[str]:
        """The groups that the roles give."""
        same_name = self.decision.groups_mode == "same-name"
        return frozenset(self.decision.candidate_groups if same_name else self.decision.granted_groups)

    def _synchronise_groups(self, user: Any, groups: memberships.Known, before: frozenset[str]) -> GroupPlan:
        """Begin and end memberships as the policy says."""
        is_managed = self.decision.groups_mode != "unmanaged"
        plan = plan_groups(
            self._wanted_groups(),
            managed=frozenset(self.decision.managed_groups),
            current=groups.hers,
            before=self.others.orphaned_groups | (before if is_managed else frozenset()),
            elsewhere=self.others.held_groups,
        )
        ids = {**groups.ids, **self._made_groups(plan.join - groups.ids.keys())}
        plan = plan.without(plan.join - ids.keys())
        if plan.join:
            memberships.join(user, [ids[name] for name in sorted(plan.join)], using=self.using)
        if plan.leave:
            memberships.leave(user, [ids[name] for name in plan.leave])
        return plan

    def _made_groups(self, missing: frozenset[str]) -> dict[str, Any]:
        """Create groups that are missing, where the policy says so; returns their ids by name."""
        if not missing or "groups" not in self.fields:
            return {}
        if not self.decision.create_groups:
            self._warn_of_missing(missing)
            return {}
        return memberships.create(self.model, missing, using=self.using)

    def _warn_of_missing(self, names: Collection[str]) -> None:
        """Of roles without a group nothing is said: with `same-name` most of them have none."""
        if self.decision.groups_mode == "same-name":
            return
        message = "GROUPS of provider %s: %d groups don't exist, and CREATE is off, among them %s"
        named = ", ".join(sorted(names)[:_NAMED])
        self.warnings.append((message, self.account.provider, len(names), named))

    def _remember(self, linked: LinkedIdentity, groups: frozenset[str]) -> None:
        """Keep what this identity grants, for its next login and for its user's other identities, and why."""
        superuser = self.decision.superuser
        if self.keeps_last_superuser and superuser is None:
            # A later login is to take it back: nothing else would remember that the flag was granted.
            superuser = linked.granted.superuser
        grants = Grants(groups, self.decision.staff, superuser, self.keeps_last_superuser)
        changed = []
        if linked.granted != grants:
            linked.grants = grants.to_json()
            changed.append("grants")
        if self.explained is not None and linked.explanation != self.explained:
            linked.explanation = dict(self.explained)
            changed.append("explanation")
        if changed:
            linked.save(using=self.using, update_fields=changed)

    def _rights(self, user: Any, groups: frozenset[str]) -> Rights:
        flags = {right: bool(getattr(user, name, False)) for name, right in _FLAGS.items()}
        return Rights(groups, **flags)

    def _note(self, kind: EventKind, user: Any, **detail: Any) -> None:
        """Add an event to those of this login."""
        made = events.make(
            kind,
            user=user,
            actor=self.actor,
            provider=self.account.provider,
            **self.account.key,
            code=self.refusal.code if self.refusal else "",
            reference=self.refusal.reference if self.refusal else "",
            detail=detail,
        )
        self.happened.append(made)

    def _tell(self, user: Any, before: Rights, after: Rights) -> None:
        """Write what happened, in one statement; the signal follows the commit."""
        if before.groups != after.groups:
            joined, left = after.groups - before.groups, before.groups - after.groups
            self._note(EventKind.GROUPS_CHANGED, user, joined=sorted(joined), left=sorted(left))
        flags = {right: getattr(after, right) for right in _FLAGS.values()}
        changed = {right: now for right, now in flags.items() if getattr(before, right) != now}
        if changed:
            self._note(EventKind.FLAGS_CHANGED, user, **changed)
        events.record_all(self.happened, using=self.using)
        if before != after:
            transaction.on_commit(lambda: self._send(user, before, after), using=self.using)

    def _send(self, user: Any, before: Rights, after: Rights) -> None:
        signals.tell(
            signals.rights_changed,
            user.__class__,
            user=user,
            provider=self.account.provider,
            before=before,
            after=after,
            reasons=tuple(self.decision.reasons),
        )

    def _forget_orphaned(self) -> None:
        """Take back once what an identity granted that no longer counts; what a hand gives later is its own.

        The last superuser's flag was not taken back: its grant stays, to be taken at a later login.
        """
        kept = {one.pk for one in self.others.orphaned if self.keeps_last_superuser and one.granted.superuser}
        gone = {one.pk for one in self.others.orphaned} - kept
        for identities, grants in ((kept, Grants(superuser=True)), (gone, Grants())):
            if identities:
                self._identities(pk__in=self._not_held(identities)).update(grants=grants.to_json())

    def _not_held(self, identities: set[Any]) -> list[Any]:
        """Those whose own login is not under way: one that is waits for us, and decides for itself then."""
        features = connections[self.using].features
        rows = self._identities(pk__in=identities).order_by("pk")
        rows = rows.select_for_update(skip_locked=features.has_select_for_update_skip_locked)
        return list(rows.values_list("pk", flat=True))

    def _identities(self, **having: Any) -> QuerySet[LinkedIdentity]:
        return LinkedIdentity.objects.using(self.using).filter(**having)

    def _users(self, having: Q) -> QuerySet[Any]:
        """All users, those included that a project's own manager hides."""
        return self.model._base_manager.using(self.using).filter(having)  # type: ignore[no-any-return]
