"""Permissions that a sign-in granted straight from roles, lent to the user object of a request.

docs/decisions/0013 says why they have no rows, and what can't see them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib import auth
from django.utils.functional import SimpleLazyObject, empty

from relyant import conf, registry, sessions
from relyant.errors import Refusal
from relyant.models import LinkedIdentity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest

    from relyant.session_records import SignIn

_ATTRIBUTE = "_relyant_permissions"


class _Lent(frozenset[str]):
    """Names that stay in their request: a user object that is kept in a cache or sent elsewhere has none."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_Lent, ())


def of(user: Any) -> frozenset[str]:
    """Return what this user object was lent."""
    return getattr(user, _ATTRIBUTE, None) or frozenset()


def lend_to_user_of(request: HttpRequest) -> None:
    """Let `request.user` and `request.auser` have them, once somebody asks who it is."""
    settings = conf.usable_settings()
    if settings is None or not any(map(_may_grant, settings.providers.values())):
        return
    user = getattr(request, "user", None)
    if user is not None:
        request.user = SimpleLazyObject(partial(_evaluated, request, user))  # type: ignore[assignment]
    auser = getattr(request, "auser", None)
    if auser is not None:
        request.auser = partial(_evaluated_async, request, auser)


def look_again(request: HttpRequest) -> None:
    """Let `request.user` and `request.auser` be found anew: her rights have changed since they were.

    Where somebody else was put in her place for this request, that stays.
    """
    if not request.user.is_authenticated or not sessions.is_of(request, request.user):
        return
    user = SimpleLazyObject(partial(_found, request))
    request.user = user  # type: ignore[assignment]
    if hasattr(request, "auser"):
        request.auser = partial(sync_to_async(_inner), user)


def _found(request: HttpRequest) -> Any:
    user = auth.get_user(request)
    lend(request, user)
    return user


def lend(request: HttpRequest, user: Any) -> None:
    """Lend a user object what the sign-in of its session granted; nothing where the session is another's.

    Nor where the identity has been unlinked since, or was refused at another sign-in: what it granted was
    taken back then.
    """
    sign_in = sessions.current(request) if user.is_authenticated else None
    if sign_in is not None and sessions.is_of(request, user):
        named = _still_named(sign_in)
        setattr(user, _ATTRIBUTE, _Lent(named if named and _still_comes_in(user, sign_in) else ()))


def _still_comes_in(user: Any, sign_in: SignIn) -> bool:
    """Whether the user's identity at the issuer, which is one, is linked, and its last sign-in was let in."""
    linked = LinkedIdentity.objects.filter(user=user.pk, issuer=sign_in.issuer)
    last = linked.values_list("explanation", flat=True).first()
    return last is not None and last.get("refusal") is None


def _evaluated(request: HttpRequest, user: Any) -> Any:
    """The user object itself, without the lazy one around it."""
    lend(request, user)
    return _inner(user)


def _inner(user: Any) -> Any:
    """Evaluate a lazy user."""
    _ = user.is_authenticated
    inner = vars(user).get("_wrapped", empty) if isinstance(user, SimpleLazyObject) else user
    return user if inner is empty else inner


async def _evaluated_async(request: HttpRequest, auser: Callable[[], Awaitable[Any]]) -> Any:
    user = await auser()
    if not await sessions.read(request) or sessions.grants_permissions(request):
        await sync_to_async(lend)(request, user)
    return user


def _may_grant(provider: conf.ProviderSettings) -> bool:
    return bool(provider.policy.get("PERMISSIONS") or provider.policy.get("HOOK"))


def _still_named(sign_in: SignIn) -> frozenset[str]:
    """What the session keeps, as far as the policy of today may grant it; a hook may grant anything."""
    granted = frozenset(sign_in.permissions)
    if not granted:
        return granted
    try:
        provider = registry.provider(sign_in.provider)
    except Refusal:
        return frozenset()
    if sign_in.issuer not in provider.settings.issuers:
        return frozenset()
    return granted if provider.policy.hook else granted.intersection(provider.policy.permission_names)
