"""One line in the log when somebody's rights change: what, by which provider, and what decided."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from relyant.errors import on_one_line
from relyant.why.about import rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relyant.rights import Rights

logger = logging.getLogger("relyant")

# Of what came and of what went, a line names so many.
_NAMED = 10


def note(
    *, user: Any, provider: str, before: Rights, after: Rights, reasons: Iterable[Any], **_told: Any
) -> None:
    """Write it; a receiver of `rights_changed`."""
    words = {one.effect: one.words for one in reasons if one.granted}
    changed = [*_named("+", _difference(after, before), words), *_named("-", _difference(before, after), {})]
    logger.info("rights changed: user %s, provider %s: %s", user.pk, provider or "-", ", ".join(changed))


def _difference(some: Rights, others: Rights) -> list[str]:
    """The effects that some rights have and others haven't."""
    staff, superuser = (getattr(some, flag) and not getattr(others, flag) for flag in ("staff", "superuser"))
    return [one.effect for one in rights(some.groups - others.groups, staff=staff, superuser=superuser)]


def _named(sign: str, effects: list[str], words: dict[str, str]) -> Iterator[str]:
    """Name each with what decided: on one line, whatever a provider's names hold."""
    for effect in effects[:_NAMED]:
        why = f" ({words[effect]})" if words.get(effect) else ""
        line = f"{sign} {effect.replace(':', ' ', 1)}{why}"
        yield on_one_line(line)
    if len(effects) > _NAMED:
        yield f"{sign} {len(effects) - _NAMED} more"
