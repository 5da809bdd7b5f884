"""The row at which all workers of one session meet: one of them renews it, the others read what came of it.

Who renews claims the row by one conditional UPDATE, asks the provider outside of any transaction, and writes
the result there before anybody uses it. Each write is a new generation. So a session that a slow request has
overwritten with its former record finds the newer one here, and the provider is asked once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from relyant import register

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from relyant.models import UserSession


@dataclass(frozen=True)
class Renewable:
    """What the row of a session says that goes on. `record` is the newest, if the row has one."""

    row: UserSession
    record: Mapping[str, Any] | None

    @property
    def generation(self) -> int:
        """The newest generation."""
        return int(self.row.generation)

    @property
    def failing_since(self) -> datetime | None:
        """Since when nobody has answered for this session."""
        return self.row.failing_since


def read(handle: str) -> Renewable | None:
    """Return what the row of a session says; None where it has ended, or isn't there."""
    row = register.row_of(handle).first()
    return Renewable(row, register.state_of(row)) if row else None


def claim(handle: str, generation: int, seconds: float) -> bool:
    """Take on the renewal of a generation for so many seconds; False where somebody else has, or did it."""
    now = timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    mine = register.row_of(handle).filter(free, generation=generation)
    return bool(mine.update(claimed_until=now + timedelta(seconds=seconds)))


def publish(
    record: Mapping[str, Any],
    *,
    expires_at: datetime | None = None,
    failing_since: datetime | None = None,
    is_final: bool = True,
) -> bool:
    """Write a record as the next generation; False where the session has ended, or another was quicker.

    One that isn't final leaves the claim as it is: the other one follows at once.
    """
    changed: dict[str, Any] = {
        "generation": record["generation"],
        "state": register.sealed_state(record),
        "sid": record["sid"] or "",
        "failing_since": failing_since,
    }
    if failing_since is None:
        changed["checked_at"] = timezone.now()
    if expires_at is not None:
        changed["expires_at"] = expires_at
    if is_final:
        changed["claimed_until"] = None
    former = register.row_of(record["handle"]).filter(generation=record["generation"] - 1)
    return bool(former.update(**changed))


def put_off(handle: str, generation: int, *, failing_since: datetime, seconds: int) -> None:
    """Let nobody ask the provider for so many seconds: it has been failing since then."""
    until = timezone.now() + timedelta(seconds=seconds)
    register.row_of(handle).filter(generation=generation).update(
        failing_since=failing_since, claimed_until=until
    )


def note_failing(handle: str, generation: int, *, since: datetime) -> None:
    """Note since when nobody has answered for a session; an earlier moment stays."""
    mine = register.row_of(handle).filter(generation=generation, failing_since__isnull=True)
    mine.update(failing_since=since)
