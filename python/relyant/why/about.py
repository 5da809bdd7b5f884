"""What a user's linked identities were granted and why, beside what she has now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from relyant import conf, moments
from relyant.explanation import conditions_of
from relyant.models import Grants, LinkedIdentity
from relyant.why import needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

# The effects of rules that aren't groups or permissions, which are `group:NAME` and `permission:NAME`.
ALLOW, STAFF, SUPERUSER = "allow", "staff", "superuser"
_GROUP, _PERMISSION = "group:", "permission:"


def source_in_words(source: str) -> str:
    """A source of claims as one reads it: the ID token, say."""
    first, _slash, further = source.partition("/")
    words = {
        "id_token": _("the ID token"),
        "userinfo": _("userinfo"),
        "access_token": _("the access token"),
    }.get(first, first)
    return f"{words} ({further})" if further else words


@dataclass(frozen=True)
class Found:
    """A role, and where it stood."""

    role: str
    path: str
    source: str

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Found:
        """Read one of an explanation."""
        return cls(kept.get("role", ""), kept.get("path", ""), kept.get("source", ""))

    @property
    def source_words(self) -> str:
        """The source as one reads it."""
        return source_in_words(self.source)


@dataclass(frozen=True)
class Reason:
    """Why one right was granted or not: the role that gave it, or what decided in the policy's own words.

    `needs` are the roles any of which would give it, and `conditions` what else would, in words.
    """

    effect: str
    granted: bool
    because: Found | None = None
    needs: tuple[str, ...] = ()
    words: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def is_in_words(self) -> bool:
        """Whether the words are needed to tell it, since it isn't about roles alone."""
        return bool(self.words) and (bool(self.conditions) or not self.needs)

    @property
    def asks_for(self) -> str:
        """What would give it, in words that can follow "needs"; empty where nothing would."""
        return needs.in_words(self.needs, self.conditions)

    @property
    def group(self) -> str | None:
        """The group's name, if it is about one."""
        return self.effect[len(_GROUP) :] if self.effect.startswith(_GROUP) else None

    @property
    def permission(self) -> str | None:
        """The permission's name, if it is about one."""
        return self.effect[len(_PERMISSION) :] if self.effect.startswith(_PERMISSION) else None


def rights(groups: Iterable[str], *, staff: bool, superuser: bool) -> tuple[Reason, ...]:
    """Rights alone, in the order in which a page lists them, without why."""
    flags = [name for name, has in ((STAFF, staff), (SUPERUSER, superuser)) if has]
    effects = [*(f"{_GROUP}{name}" for name in sorted(groups)), *flags]
    return tuple(Reason(effect, granted=True) for effect in effects)


@dataclass(frozen=True)
class Rights:
    """What a user has at this moment."""

    groups: frozenset[str]
    staff: bool
    superuser: bool
    permissions: frozenset[str]

    @classmethod
    def of(cls, user: Any) -> Rights:
        """Read them; a user model may be without any of these. `permissions` are those of her own alone."""
        groups = user.groups.values_list("name", flat=True) if hasattr(user, "groups") else ()
        own = (
            user.user_permissions.select_related("content_type") if hasattr(user, "user_permissions") else ()
        )
        return cls(
            frozenset(groups),
            bool(getattr(user, "is_staff", False)),
            bool(getattr(user, "is_superuser", False)),
            frozenset(f"{one.content_type.app_label}.{one.codename}" for one in own),
        )

    def has(self, reason: Reason) -> bool:
        """Whether she has what a reason is about; of a permission only its session knows."""
        if reason.effect in (STAFF, SUPERUSER):
            return bool(getattr(self, reason.effect))
        return reason.granted if reason.group is None else reason.group in self.groups


@dataclass(frozen=True)
class IdentityWhy:
    """One linked identity: what its last login granted, what not, and from what."""

    linked: LinkedIdentity
    # The provider's name in the settings, and what visitors know it as; None where none has the issuer.
    provider: str | None
    title: str | None

    @property
    def name(self) -> str:
        """What to call the provider."""
        return self.title or self.linked.issuer

    @cached_property
    def grants(self) -> Grants:
        """What it gave its user."""
        return self.linked.granted

    @property
    def gave(self) -> tuple[Reason, ...]:
        """The same as rights to be listed."""
        given = self.grants
        return rights(given.groups, staff=bool(given.staff), superuser=bool(given.superuser))

    @property
    def refusal(self) -> str | None:
        """The code, where the last login was refused."""
        return self._kept.get("refusal")

    @property
    def refused_at(self) -> datetime | None:
        """When, if it is known: an explanation of an earlier version doesn't say."""
        seconds = self._kept.get("refused_at")
        return None if seconds is None else moments.of_epoch(seconds)

    @cached_property
    def roles(self) -> tuple[Found, ...]:
        """The roles that came, those that rules ask for first."""
        return tuple(Found.from_json(one) for one in self._kept.get("roles", ()))

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason a rule; and one for each group that the policy gives by its role's own name."""
        kept = [_reason(one) for one in self._kept.get("reasons", ())]
        explained = {one.effect for one in kept}
        roles, renamed = {one.role: one for one in self.roles}, self._kept.get("renamed", {})
        same_name = [
            Reason(f"{_GROUP}{name}", granted=True, because=roles.get(renamed.get(name, name)))
            for name in sorted(self.grants.groups)
            if f"{_GROUP}{name}" not in explained
        ]
        return (*kept, *same_name)

    @property
    def given(self) -> tuple[Reason, ...]:
        """What was granted: nothing by a login that was refused, whatever its roles would give."""
        if self.refusal:
            return ()
        return tuple(one for one in self.reasons if one.granted and one.effect != ALLOW)

    @property
    def withheld(self) -> tuple[Reason, ...]:
        """What was not granted."""
        return tuple(one for one in self.reasons if not one.granted)

    @property
    def other_roles(self) -> tuple[str, ...]:
        """The roles that came and that no rule asks for."""
        others = self.roles[self._kept.get("asked", 0) :]
        decided = {reason.because for reason in self.reasons}
        return tuple(one.role for one in others if one not in decided)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with claims."""
        return tuple(self._kept.get("warnings", ()))

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims that `KEEP_CLAIMS` names: each with `source` and `value`."""
        return dict(sorted(self._kept.get("claims", {}).items()))

    @property
    def claims_in_words(self) -> list[tuple[str, str, str]]:
        """The same as one reads them: the name, the value, the source."""
        return [
            (name, _value_in_words(one.get("value")), source_in_words(one.get("source", "")))
            for name, one in self.claims.items()
        ]

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many roles, reasons and warnings there were more than are kept."""
        return dict(sorted(self._kept.get("left_out", {}).items()))

    @property
    def is_explained(self) -> bool:
        """Whether a login has left an explanation: one before this version didn't."""
        return bool(self._kept)

    @property
    def _kept(self) -> Mapping[str, Any]:
        return self.linked.explanation or {}


@dataclass(frozen=True)
class Why:
    """All of a user: her linked identities, and what no login gave her."""

    user: Any
    rights: Rights
    identities: tuple[IdentityWhy, ...]

    @property
    def lacking(self) -> frozenset[str]:
        """The effects of what logins gave her that she has no more."""
        given = (reason for one in self.identities for reason in one.given)
        return frozenset(one.effect for one in given if not self.rights.has(one))

    @property
    def groups_by_hand(self) -> list[str]:
        """The groups that no login gave her."""
        granted = frozenset().union(*(one.grants.groups for one in self.identities))
        return sorted(self.rights.groups - granted)

    @property
    def staff_by_hand(self) -> bool:
        """Whether she is staff, and no login made her."""
        return self.rights.staff and not any(one.grants.staff for one in self.identities)

    @property
    def superuser_kept(self) -> bool:
        """Whether she is superuser against a policy, since she was the last one."""
        return self.rights.superuser and any(one.grants.superuser_kept for one in self.identities)

    @property
    def superuser_by_hand(self) -> bool:
        """Whether she is superuser, and no login made her."""
        granted = self.superuser_kept or any(one.grants.superuser for one in self.identities)
        return self.rights.superuser and not granted

    @property
    def permissions_by_hand(self) -> list[str]:
        """The permissions of her own, beside those of her groups."""
        return sorted(self.rights.permissions)

    @property
    def has_any_by_hand(self) -> bool:
        """Whether she has anything that no login gave her."""
        flags = self.staff_by_hand or self.superuser_by_hand
        return flags or bool(self.groups_by_hand or self.rights.permissions)


def about(user: Any) -> Why:
    """Tell about a user, in a constant number of statements."""
    linked = LinkedIdentity.objects.filter(user=user).order_by("-last_login_at", "pk")
    return Why(user, Rights.of(user), tuple(told(linked)))


def told(linked: Iterable[LinkedIdentity]) -> list[IdentityWhy]:
    """Join linked identities with the providers of the settings."""
    settings = conf.usable_settings()
    providers = settings.providers if settings else {}
    labels = settings.labels() if settings else {}
    named = reversed(list(providers.items()))
    names = {issuer: name for name, one in named for issuer in one.issuers}
    return [IdentityWhy(one, name := names.get(one.issuer), labels.get(name or "")) for one in linked]


def reasons_of(decision: Any) -> tuple[Reason, ...]:
    """The reasons of a decision of the core, in the same form."""
    return tuple(
        Reason(
            one.effect,
            one.granted,
            Found(one.because.role, one.because.path, one.because.source) if one.because else None,
            tuple(need for need in one.needs if need in one.roles),
            one.words,
            tuple(conditions_of(one)),
        )
        for one in decision.reasons
    )


def _value_in_words(value: Any) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _reason(kept: Mapping[str, Any]) -> Reason:
    because = kept.get("because")
    return Reason(
        kept["effect"],
        kept["granted"],
        Found.from_json(because) if because else None,
        tuple(kept.get("needs", ())),
        kept.get("words", ""),
        tuple(kept.get("conditions", ())),
    )
