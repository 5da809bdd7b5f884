"""What a user may do as far as logins decide it, and which memberships begin and end: without a database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rights:
    """A user's groups and flags at one moment."""

    groups: frozenset[str] = frozenset()
    staff: bool = False
    superuser: bool = False


@dataclass(frozen=True)
class GroupPlan:
    """What a login grants, and the memberships that begin and end with it."""

    granted: frozenset[str]
    join: frozenset[str]
    leave: frozenset[str]

    def without(self, missing: frozenset[str]) -> GroupPlan:
        """The plan without groups that don't exist and aren't made."""
        return GroupPlan(self.granted - missing, self.join - missing, self.leave)


def plan_groups(
    wanted: frozenset[str],
    *,
    managed: frozenset[str],
    current: frozenset[str],
    before: frozenset[str],
    elsewhere: frozenset[str],
) -> GroupPlan:
    """Plan memberships: `wanted` are the groups that the roles give, `current` those that she is in.

    `managed` groups are named by the policy: they are the provider's, by whatever hand she became a member.
    Any other is the provider's only where a login granted it: `before` at this identity's last one, or at
    one that no longer counts; `elsewhere` at those of her other identities. A membership that no login
    granted was made by hand, and is never ours to remember, and so never ours to end.
    """
    granted = wanted - (current - managed - before - elsewhere)
    owned = managed | before
    kept = granted | (owned & elsewhere)
    return GroupPlan(granted, join=kept - current, leave=(owned & current) - kept)
