"""The user name of whom a login creates or renames: the provider's, or the provider's with a suffix of hers.

The suffix is made from issuer and subject, so that she gets the same one each time, on each server, and two
people who come at one moment get two.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from relyant.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

REFUSE, SUFFIX = "refuse", "suffix"
# No letter or digit here is easily taken for another when it is read out on the telephone.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
# A suffix of four tells 900,000 people of one name apart; the longer ones are for whoever meets its owner.
_LENGTHS = (4, 6, 8)


def choose(names: Iterable[Any], is_taken: Callable[[Any], bool]) -> Any:
    """Return the first name that nobody has. Raises the refusal `account.username_taken`."""
    for name in names:
        if not is_taken(name):
            return name
    raise Refusal("account.username_taken", "another user has the name, and accounts are not joined by name")


def is_hers(model: type[Any], current: Any, wanted: Any, issuer: str, subject: str) -> bool:
    """Whether a user's name is the wanted one already, with a suffix of hers or without: it stays then."""
    return bool(current == wanted or current in suffixed(model, wanted, issuer, subject))


def suffixed(model: type[Any], wanted: Any, issuer: str, subject: str) -> list[str]:
    """Return the name with each of her suffixes, as far as the model takes it; none for an address."""
    field = model._meta.get_field(model.USERNAME_FIELD)
    if not isinstance(field, models.CharField) or field.name == model.get_email_field_name():
        return []
    if not isinstance(wanted, str) or isinstance(field, models.EmailField):
        return []
    names = (_shortened(wanted, suffix, field.max_length) for suffix in _suffixes(issuer, subject))
    return [name for name in names if _fits(field, name)]


def _suffixes(issuer: str, subject: str) -> list[str]:
    digest = hashlib.sha256(f"{issuer}\n{subject}".encode()).digest()
    letters = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)
    return [f"-{letters[:length]}" for length in _LENGTHS]


def _shortened(name: str, suffix: str, max_length: int | None) -> str:
    return f"{name if max_length is None else name[: max_length - len(suffix)]}{suffix}"


def _fits(field: models.Field[Any, Any], name: str) -> bool:
    try:
        field.clean(name, None)
    except ValidationError:
        return False
    return True
