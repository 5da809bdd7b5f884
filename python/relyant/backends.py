"""The authentication backend: a provider's word, with Django's own passwords and permissions beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied

from relyant import explanation, passwords, provisioning, session_permissions
from relyant.claims import by_source

if TYPE_CHECKING:
    from django.http import HttpRequest

    from relyant import _core
    from relyant.decision import Decision


class RelyantBackend(ModelBackend):
    """Django's `ModelBackend`, which also takes a verified identity with the decision about it.

    It may stand alone in `AUTHENTICATION_BACKENDS`: local users keep their passwords, everybody keeps
    permissions.
    """

    def authenticate(  # noqa: PLR0913  credentials, each by its name
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        *,
        identity: _core.VerifiedIdentity | None = None,
        decision: Decision | None = None,
        provider: str = "",
        **kwargs: Any,
    ) -> Any:
        """Return the user of the identity, created if need be, or Django's answer to a name and a password.

        `provider` is its name in the settings. The user carries what the login changed as
        `relyant_provisioned`. Raises `errors.Refusal`; and PermissionDenied, so that no later backend is
        asked, for the password of somebody with a linked identity where `PASSWORD_LOGIN` is off.
        """
        if identity is None or decision is None:
            if passwords.are_refused_for(RelyantBackend, username, password, kwargs):
                raise PermissionDenied
            return super().authenticate(request, username=username, password=password, **kwargs)
        provisioned = provisioning.apply(
            provider=provider,
            issuer=identity.issuer,
            subject=identity.account,
            decision=decision,
            explained=explanation.of(decision, identity),
            claims=lambda: by_source(identity),
        )
        provisioned.user.relyant_provisioned = provisioned
        return provisioned.user

    async def aauthenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """`authenticate` for async callers: the same body, in the thread that may touch the database."""
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Those of Django's rows, and those that the sign-in granted where the user is a request's own."""
        return super().get_all_permissions(user_obj, obj) | _lent(user_obj, obj)

    async def aget_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """`get_all_permissions` for async callers, who have it in Django 5.2."""
        if not hasattr(ModelBackend, "aget_all_permissions"):
            return await sync_to_async(self.get_all_permissions)(user_obj, obj)
        return await super().aget_all_permissions(user_obj, obj) | _lent(user_obj, obj)


def _lent(user: Any, obj: Any) -> frozenset[str]:
    """What a sign-in lent: nothing to who is inactive, and nothing about one object."""
    return session_permissions.of(user) if user.is_active and obj is None else frozenset()
