"""`request.relyant`: the sign-in of a request's session, and an access token for calling APIs in its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async

from relyant import sessions
from relyant.flows import access_token

if TYPE_CHECKING:
    from django.http import HttpRequest

    from relyant.session_records import SignIn


class RequestSignIn:
    """What a request has of its sign-in. Costs nothing until it is asked."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def sign_in(self) -> SignIn | None:
        """The sign-in that the session stands on; None for anonymous and locally signed-in visitors."""
        return sessions.current(self._request)

    def access_token(self) -> str:
        """Return the session's access token, renewed if need be. It is a text that error reports show.

        Raises `errors.Refusal`: `session.no_access_token` where there is none to be had, of kind
        `unavailable` where the provider doesn't answer. `errors.SessionEnded` may be left alone: a page, or
        JSON for a script, says then that the session has ended.
        """
        return access_token.fresh(self._request)

    async def aaccess_token(self) -> str:
        """`access_token` for async callers."""
        return await sync_to_async(self.access_token, thread_sensitive=True)()
