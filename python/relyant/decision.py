"""What a policy's `HOOK` is given and gives back: the rules' decision, for the project's own code to change.

    def decide(decision, claims, request):
        if claims.get("department") == "cellar":
            return decision.with_groups("cellar")
        return decision

docs/decisions/0014 says what becomes of what a hook grants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from relyant.errors import RefusedByHook
from relyant.setting_types import MAX_GROUP_NAME_LENGTH, PERMISSION_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from relyant import _core
    from relyant.errors import Refusal


@dataclass(frozen=True)
class Draft:
    """A decision that may still change. It stays as it is: each method returns a changed copy.

    `groups` are names; with `"same-name"` those that roles stand for, of which existing ones count. A flag is
    None where the policy leaves it out, and then isn't touched. `user` are values of user fields, `roles` the
    names of the roles that came, `reasons` why the rules decided as they did.
    """

    groups: frozenset[str] = frozenset()
    staff: bool | None = None
    superuser: bool | None = None
    permissions: frozenset[str] = frozenset()
    user: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    roles: frozenset[str] = frozenset()
    reasons: tuple[_core.Reason, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no decision: a hook that errs grants nothing."""
        for name in ("groups", "permissions"):
            object.__setattr__(self, name, _names(getattr(self, name), name))
        for name in ("staff", "superuser"):
            if not isinstance(getattr(self, name), bool | None):
                raise TypeError(f"`{name}` must be True, False or None")
        object.__setattr__(self, "user", MappingProxyType(dict(self.user)))

    def with_groups(self, *names: str) -> Draft:
        """These groups too. Raises ValueError for what can be no group's name."""
        added = _names(names, "groups")
        for name in added:
            if not name.strip() or not name.isprintable() or len(name) > MAX_GROUP_NAME_LENGTH:
                raise ValueError(f"a group's name has 1 to {MAX_GROUP_NAME_LENGTH} printable characters")
        return replace(self, groups=self.groups | added)

    def without_groups(self, *names: str) -> Draft:
        """Not these groups."""
        return replace(self, groups=self.groups - _names(names, "groups"))

    def with_staff(self, staff: bool) -> Draft:
        """Staff, or not."""
        return replace(self, staff=staff)

    def with_superuser(self, superuser: bool) -> Draft:
        """A superuser, or not. The last active one keeps the flag, whatever is said here."""
        return replace(self, superuser=superuser)

    def with_permissions(self, *names: str) -> Draft:
        """These permissions too, for the session: `with_permissions("beers.view_beer")`.

        Raises ValueError for what can be no permission's name.
        """
        added = _names(names, "permissions")
        for name in added:
            if not PERMISSION_NAME.fullmatch(name):
                raise ValueError(f"`{name[:80]}` is no permission, such as `beers.view_beer`")
        return replace(self, permissions=self.permissions | added)

    def without_permissions(self, *names: str) -> Draft:
        """Not these permissions from roles; what groups give is not touched."""
        return replace(self, permissions=self.permissions - _names(names, "permissions"))

    def with_user(self, **values: Any) -> Draft:
        """These values of user fields, if claims may fill them: `with_user(first_name="Carol")`."""
        return replace(self, user={**self.user, **values})

    def refuse(self, words: str) -> NoReturn:
        """Let her not in. The words are for her: plain text, shown on the page.

        Raises RefusedByHook. What her last login granted is taken back, as where `ALLOW` refuses.
        """
        raise RefusedByHook(words)


@dataclass(frozen=True)
class ReasonOfHook:
    """That a hook changed what the rules said of one right: a `_core.Reason` in all that is read of it."""

    effect: str
    granted: bool
    words: str
    because: None = None
    needs: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class HookedDecision:
    """A decision with what a hook made of it: a `_core.Decision` in all that is read of it."""

    rules: _core.Decision
    hook: str
    draft: Draft
    refusal: Refusal | None = None

    @property
    def allowed(self) -> bool:
        """Whether the hook let her in; the rules did."""
        return self.refusal is None

    @property
    def refusal_code(self) -> str | None:
        """The code of the hook's refusal."""
        return self.refusal.code if self.refusal else None

    @property
    def refusal_message(self) -> str | None:
        """The operator's message."""
        return self.refusal.operator if self.refusal else None

    @property
    def groups_mode(self) -> Literal["named", "same-name"]:
        """Never `unmanaged`: what a hook granted before is to be taken back."""
        return "same-name" if self.rules.groups_mode == "same-name" else "named"

    @property
    def granted_groups(self) -> Sequence[str]:
        """Mode `named`: groups to be in."""
        return sorted(self.draft.groups) if self.groups_mode == "named" else ()

    @property
    def managed_groups(self) -> Sequence[str]:
        """Mode `named`: all groups that the policy names; those not granted are to be left."""
        return self.rules.managed_groups

    @property
    def candidate_groups(self) -> Sequence[str]:
        """Mode `same-name`: the groups that roles or the hook name."""
        return sorted(self.draft.groups) if self.groups_mode == "same-name" else ()

    @property
    def create_groups(self) -> bool:
        """Whether a group that doesn't exist is to be made; where `GROUPS` is left out, it is."""
        return self.rules.groups_mode == "unmanaged" or self.rules.create_groups

    def role_for_group(self, group: str) -> _core.FoundRole | None:
        """Return the role that gives this group; None where the hook does."""
        return self.rules.role_for_group(group)

    @property
    def permissions(self) -> Sequence[str]:
        """Granted permissions, for the session and the request."""
        return sorted(self.draft.permissions)

    @property
    def managed_permissions(self) -> Sequence[str]:
        """All permissions that the policy names."""
        return self.rules.managed_permissions

    @property
    def staff(self) -> bool | None:
        """The flag; None isn't touched, unless a hook granted it before."""
        return self.draft.staff

    @property
    def superuser(self) -> bool | None:
        """As `staff`."""
        return self.draft.superuser

    @property
    def user(self) -> dict[str, Any]:
        """User field to value."""
        return dict(self.draft.user)

    @property
    def roles(self) -> Sequence[_core.FoundRole]:
        """The roles that came."""
        return self.rules.roles

    @property
    def warnings(self) -> Sequence[str]:
        """Claims that were not as they should be."""
        return self.rules.warnings

    @property
    def reasons(self) -> Sequence[Any]:
        """The rules' reasons, and the hook's own in the place of those that it overruled."""
        own = {one.effect: one for one in self._own_reasons()}
        return [*(one for one in self.rules.reasons if one.effect not in own), *own.values()]

    def _own_reasons(self) -> Iterable[ReasonOfHook]:
        words = f"the hook `{self.hook}`"
        before, after = draft_of(self.rules), self.draft
        if self.refusal:
            yield ReasonOfHook("allow", granted=False, words=words)
        for effect, names in (("group", "groups"), ("permission", "permissions")):
            had, has = getattr(before, names), getattr(after, names)
            for name in sorted(had ^ has):
                yield ReasonOfHook(f"{effect}:{name}", granted=name in has, words=words)
        for flag in ("staff", "superuser"):
            if getattr(before, flag) != getattr(after, flag):
                yield ReasonOfHook(flag, granted=bool(getattr(after, flag)), words=words)


if TYPE_CHECKING:
    # What a login is decided by: the rules alone, or with a hook on top of them.
    Decision = _core.Decision | HookedDecision


def draft_of(rules: _core.Decision) -> Draft:
    """Return the draft that a hook is given."""
    return Draft(
        groups=frozenset([*rules.granted_groups, *rules.candidate_groups]),
        staff=rules.staff,
        superuser=rules.superuser,
        permissions=frozenset(rules.permissions),
        user=rules.user,
        roles=frozenset(one.role for one in rules.roles),
        reasons=tuple(rules.reasons),
    )


def _names(names: Any, what: str) -> frozenset[str]:
    """A set of names; a single text is none, nor is anything with a member that is no text."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"`{what}` must be names, got {type(names).__name__}")
    found = frozenset(names)
    if not all(isinstance(name, str) for name in found):
        raise TypeError(f"each of `{what}` must be a string")
    return found
