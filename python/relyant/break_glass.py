"""Logins without any provider: each is made by an operator for one user, good once, and for some minutes.

The address of one is the only proof, and is kept nowhere: the database has its SHA-256 alone. An address has
256 random bits, so that its hash needs no salt and nobody guesses one.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import router, transaction
from django.utils import timezone

from relyant import _core, events
from relyant.errors import Refusal, database_translated
from relyant.models import BreakGlassLogin, EventKind

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

logger = logging.getLogger("relyant")

# So many minutes an address is good for: long enough to be read out on the telephone.
USUAL_MINUTES = 10
MOST_MINUTES = 60
# A session that began so ends within this time, however busy it is.
SESSION_SECONDS = 3600
# What has lapsed is of no use to anybody; what happened is in the events.
_KEEP_LAPSED = timedelta(days=1)


@dataclass(frozen=True)
class Token:
    """What an address ends with. Secret: no report shows it."""

    text: str = field(repr=False)

    @property
    def digest(self) -> str:
        """What the database knows it by."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def __str__(self) -> str:
        return "<token>"


class TokenConverter:
    """Puts a token in place of its text while an address is resolved, so that no report shows what it led to.

    It takes whatever stands there: a token with a slip in it is answered as any other that can't be used.
    """

    regex = "[^/]+"

    def to_python(self, value: str) -> Token:
        """Hide it."""
        return Token(value)

    def to_url(self, value: Token) -> str:
        """Show it."""
        return value.text


@dataclass(frozen=True)
class Minted:
    """A login that was just made; its token is nowhere else."""

    token: Token
    expires_at: datetime


def mint(user: Any, *, minutes: int = USUAL_MINUTES) -> Minted:
    """Make a login for a user; the event is written with it, whatever `EVENTS` says."""
    now = timezone.now()
    minted = Minted(Token(_core.random_token()), now + timedelta(minutes=minutes))
    using = router.db_for_write(BreakGlassLogin)
    with transaction.atomic(using=using):
        _all(using).filter(expires_at__lt=now - _KEEP_LAPSED).delete()
        _all(using).create(digest=minted.token.digest, user=user, minted_at=now, expires_at=minted.expires_at)
        told = {"user": user, "provider": "", "detail": {"minutes": minutes}}
        events.record(EventKind.BREAK_GLASS_MINTED, using=using, **told)
    logger.warning("emergency login made: user %s, good for %d minutes", user.pk, minutes)
    return minted


def holder(token: Token) -> Any:
    """Return the user whom a token would sign in; it isn't used up. Raises Refusal."""
    using = router.db_for_write(BreakGlassLogin)
    with database_translated():
        found = _usable(token, using).select_related("user").first()
    if found is None or not found.user.is_active:
        raise _unusable()
    return found.user


def use(token: Token) -> Any:
    """Use a token up, and return whom it signs in: once, however many try at one time. Raises Refusal."""
    using = router.db_for_write(BreakGlassLogin)
    with database_translated(), transaction.atomic(using=using):
        # The one statement that decides: a row that another request holds is looked at again afterwards.
        if not _usable(token, using).update(used_at=timezone.now()):
            raise _unusable()
        user = _all(using).select_related("user").get(digest=token.digest).user
        if not user.is_active:
            raise _unusable()
        events.record(EventKind.BREAK_GLASS_USED, using=using, user=user, provider="")
    logger.warning("signed in by an emergency login: user %s", user.pk)
    return user


def _usable(token: Token, using: str) -> QuerySet[BreakGlassLogin]:
    """The row of a token, if nobody has used it and its time isn't over."""
    return _all(using).filter(digest=token.digest, used_at=None, expires_at__gt=timezone.now())


def _all(using: str) -> QuerySet[BreakGlassLogin]:
    return BreakGlassLogin._default_manager.using(using)


def _unusable() -> Refusal:
    """One refusal for all: of what is wrong with a token nobody learns."""
    return Refusal("transaction.break_glass_unusable", "the emergency login is unknown, used, or lapsed")
