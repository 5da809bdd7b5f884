"""What a user's other identities mean for a login: the rights that they hold, and whether one came first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relyant import conf
from relyant.models import Grants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relyant.models import LinkedIdentity


@dataclass(frozen=True)
class Elsewhere:
    """What a user's other identities granted: those whose providers are in the settings, and the others."""

    held: tuple[Grants, ...]
    orphaned: tuple[LinkedIdentity, ...]

    @classmethod
    def sorted_from(cls, others: Iterable[LinkedIdentity]) -> Elsewhere:
        """Sort by issuer. Nobody can ask a provider that is gone whether it still grants something."""
        issuers = conf.relyant_settings().issuers
        granting = [one for one in others if one.granted != Grants()]
        return cls(
            held=tuple(one.granted for one in granting if one.issuer in issuers),
            orphaned=tuple(one for one in granting if one.issuer not in issuers),
        )

    @property
    def held_groups(self) -> frozenset[str]:
        """The groups that providers of the settings grant."""
        return frozenset().union(*(one.groups for one in self.held))

    @property
    def orphaned_groups(self) -> frozenset[str]:
        """The groups that providers granted that are gone."""
        return frozenset().union(*(one.granted.groups for one in self.orphaned))

    def has_orphaned(self, right: str) -> bool:
        """Whether a provider that is gone granted a flag."""
        return any(getattr(one.granted, right) for one in self.orphaned)


def is_first(linked: LinkedIdentity, hers: Iterable[LinkedIdentity]) -> bool:
    """Whether a user has no identity that was linked before this one, at a provider of the settings."""
    issuers, since = conf.relyant_settings().issuers, (linked.created_at, linked.pk)
    return not any(one.issuer in issuers and (one.created_at, one.pk) < since for one in hers)
