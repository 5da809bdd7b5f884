"""Finds the user whom an operator names on the command line."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.core.management.base import CommandError

from relyant.models import user_model, user_of_key

# Names that begin alike are compared with the one that was written: so many of them, and no more.
_COMPARED = 1000
_ALIKE_CHARS = 1
_NEAREST = 3


def find(name: str, *, returncode: int = 1) -> Any:
    """Return the user of a name, or of a key. Raises CommandError, with the names that are nearest."""
    model = user_model()
    found = model._base_manager.filter(**{model.USERNAME_FIELD: name}).first() or user_of_key(name)
    if found is None:
        raise CommandError(
            f"no user has the name or the key `{name}`{_did_you_mean(name)}", returncode=returncode
        )
    return found


def _did_you_mean(name: str) -> str:
    field = user_model().USERNAME_FIELD
    alike = user_model()._base_manager.filter(**{f"{field}__istartswith": name[:_ALIKE_CHARS]})
    names = [str(one) for one in alike.order_by(field).values_list(field, flat=True)[:_COMPARED]]
    nearest = get_close_matches(name, names, n=_NEAREST)
    return f"; did you mean {', '.join(nearest)}?" if nearest else ""
