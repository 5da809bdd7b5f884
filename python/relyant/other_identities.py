"""What a user's other identities mean for a login: the rights that they hold, and whether one came first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from relyant import conf
from relyant.models import Grants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from relyant.models import LinkedIdentity


@dataclass(frozen=True)
class Elsewhere:
    """What a user's other identities granted: those that count, and those of which nobody knows any more."""

    held: tuple[Grants, ...]
    orphaned: tuple[LinkedIdentity, ...]

    @classmethod
    def sorted_from(cls, others: Iterable[LinkedIdentity]) -> Elsewhere:
        """Sort by whether they count."""
        granting = [(one, counts(one)) for one in others if one.granted != Grants()]
        return cls(
            held=tuple(one.granted for one, it_counts in granting if it_counts),
            orphaned=tuple(one for one, it_counts in granting if not it_counts),
        )

    @property
    def held_groups(self) -> frozenset[str]:
        """The groups that they grant."""
        return frozenset().union(*(one.groups for one in self.held))

    @property
    def orphaned_groups(self) -> frozenset[str]:
        """The groups that were granted by those of which nobody knows any more."""
        return frozenset().union(*(one.granted.groups for one in self.orphaned))

    def has_orphaned(self, right: str) -> bool:
        """Whether one of which nobody knows any more granted a flag."""
        return any(getattr(one.granted, right) for one in self.orphaned)


def counts(linked: LinkedIdentity) -> bool:
    """Whether what an identity granted holds: its provider is in the settings, and she was there lately.

    Whom a provider shuts out would else keep what it granted for ever, by signing in with another one.
    """
    settings = conf.relyant_settings()
    since = timezone.now() - timedelta(days=settings.grant_days)
    return linked.issuer in settings.issuers and linked.last_login_at >= since


def is_first(linked: LinkedIdentity, hers: Iterable[LinkedIdentity]) -> bool:
    """Whether a user has no identity that was linked before this one, at a provider of the settings."""
    issuers, since = conf.relyant_settings().issuers, (linked.created_at, linked.pk)
    return not any(one.issuer in issuers and (one.created_at, one.pk) < since for one in hers)
