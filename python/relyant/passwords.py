"""Which passwords are taken where `PASSWORD_LOGIN` is off: of nobody whom a provider signs in.

Whoever has no linked identity keeps hers, for forms of the project's own: she has no other way in.
"""

from __future__ import annotations

from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend, RemoteUserBackend

from relyant import conf
from relyant.class_names import is_a
from relyant.models import LinkedIdentity, user_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def are_refused_for(
    backend: type, username: str | None, password: str | None, credentials: Mapping[str, Any]
) -> bool:
    """Whether our backend refuses the password of who is named so, right or wrong.

    It costs then what a wrong one costs, so that no clock tells who signs in by a provider.
    """
    if password is None or conf.relyant_settings().password_login:
        return False
    named = credentials.get(user_model().USERNAME_FIELD) if username is None else username
    if named is None or not _has_linked_identity(named):
        return False
    for _ in _from(backend):
        user_model()().set_password(password)
    return True


def backends_before(backend: type) -> list[str]:
    """Return the backends that are asked before ours, and take passwords of anybody."""
    before = takewhile(lambda one: not is_a(one, backend), conf.authentication_backends())
    return [name for name in before if _takes_passwords(name)]


def _has_linked_identity(username: str) -> bool:
    """Whether a provider signs in who is named so, found as `ModelBackend` finds her."""
    try:
        user = user_model()._default_manager.get_by_natural_key(username)
    except user_model().DoesNotExist:
        return False
    return bool(LinkedIdentity._default_manager.filter(user=user).exists())


def _from(backend: type) -> Iterator[str]:
    """The backends that would each look at a wrong password, from ours on."""
    after = dropwhile(lambda one: not is_a(one, backend), conf.authentication_backends())
    return filter(_takes_passwords, after)


def _takes_passwords(name: str) -> bool:
    """Whether a backend is Django's own for passwords, or is made of it."""
    return is_a(name, ModelBackend) and not is_a(name, RemoteUserBackend)
