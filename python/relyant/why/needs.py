"""What would grant a right, in the words that the page on policies has for its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_words(roles: Sequence[str], conditions: Sequence[str]) -> str:
    """Words that can follow "needs": the roles first, as one list, then what isn't a role alone."""
    names = ", ".join(f"`{one}`" for one in roles)
    told = [f"any of the roles {names}" if len(roles) > 1 else f"the role {names}"] if roles else []
    alone = not roles and len(conditions) == 1
    told += [one if alone or " and " not in one else f"({one})" for one in conditions]
    return " or ".join(told)
