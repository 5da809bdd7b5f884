"""How long a session stands before its provider is to be asked again: pure calculations, in epoch seconds."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relyant.session_records import SignIn

# Ahead of its end an access token is renewed by so many seconds, and by this part of its life at most.
_MARGIN_SECONDS = 30
_MARGIN_PART = 5
# After a failure a provider is asked again after this time, and then after as long as it has been failing.
_FIRST_RETRY_SECONDS = 30
_LAST_RETRY_SECONDS = 300


class Due(Enum):
    """What is due for a session."""

    NOTHING = "nothing"
    RENEWAL = "renewal"
    END = "end"


def due(sign_in: SignIn, now: float) -> Due:
    """Return what is due: the end by age goes before a renewal."""
    if sign_in.ends_at is not None and sign_in.ends_at <= now:
        return Due.END
    if sign_in.renew_at is not None and sign_in.renew_at <= now:
        return Due.RENEWAL
    return Due.NOTHING


def renew_at(expires_at: int | None, *, refreshable: bool, recheck: int | None, now: int) -> int | None:
    """Return when a session that was confirmed `now` is to be confirmed again; None: never.

    With a refresh token it is shortly before the access token expires. Without one, or where the provider
    didn't say when that is, it is after `recheck` seconds.
    """
    if not refreshable or expires_at is None:
        return None if recheck is None else now + recheck
    margin = min(_MARGIN_SECONDS, max(0, expires_at - now) // _MARGIN_PART)
    return max(now + 1, expires_at - margin)


def retry_after(failing_since: float, now: float, asked_for: int | None = None) -> int:
    """Return after how many seconds a provider that fails is asked again: ever longer, up to five minutes."""
    wanted = max(now - failing_since, _FIRST_RETRY_SECONDS, asked_for or 0)
    return int(min(wanted, _LAST_RETRY_SECONDS))
