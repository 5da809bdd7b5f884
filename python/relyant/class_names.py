"""Classes that settings name by dotted paths: whether one is a class that is wanted, or is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_a(name: str, wanted: type) -> bool:
    """Whether a name is that of a class, or of one that is made of it; one that can't be loaded is none."""
    try:
        found = import_string(name)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, wanted)


def position(names: Sequence[str], wanted: str) -> int | None:
    """Return where a class, or one that is made of it, stands in a list; None where it doesn't."""
    base = import_string(wanted)
    return next((index for index, name in enumerate(names) if is_a(name, base)), None)
