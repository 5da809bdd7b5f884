"""Logout tokens that came: each counts once, on all nodes, and ends the sessions that it names.

A token is written down before its sessions are looked for, so that a login which it overtakes finds it. One
that a process was killed over is pending: the same token, come again, or whoever calls `sweep` goes on.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, router, transaction
from django.db.models import Q
from django.utils import timezone

from relyant import moments, register
from relyant.errors import database_translated
from relyant.models import EndedBy, LogoutNotice, UserSession

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from relyant import _core

# A login that a logout token overtakes comes back within minutes, and a token is good for two.
KEPT = timedelta(days=1)
# Before this one that is pending may still be in the hands of who took it.
_PENDING_SECONDS = 15
# What one sweep does at most.
_SWEPT = 100
# So far the clocks of the site's nodes are apart at most.
_CLOCKS_APART = timedelta(minutes=1)


class Heeded(Enum):
    """What came of a logout token."""

    DONE = "done"
    CAME_BEFORE = "came before"
    # A session could not be deleted now; it will be.
    HALF_DONE = "half done"


def heed(logout: _core.ValidLogoutToken) -> Heeded:
    """Do what a valid logout token says.

    Raises Refusal where the database is away: nothing is accepted then.
    """
    with database_translated():
        notice = _written_down(logout)
        if notice is None:
            return Heeded.CAME_BEFORE
        return Heeded.DONE if _complete(notice) else Heeded.HALF_DONE


def overtook(record: Mapping[str, Any], identity: _core.VerifiedIdentity) -> bool:
    """Whether a logout token came for a session that begins, or is confirmed, only now by this identity."""
    issued_at = moments.of_epoch(int((identity.claims("id_token") or {})["iat"]))
    found = _all().filter(issuer=record["issuer"])
    of_person = Q(sid="", subject=record["subject"], issued_at__gte=issued_at)
    of_session = Q(sid=record["sid"]) if record["sid"] else Q(pk__in=())
    return found.filter(of_person | of_session).exists()


def sweep() -> None:
    """Go on with what processes that stopped left half done, and remove what is too old to matter."""
    now = timezone.now()
    pending = _all().filter(
        completed_at__isnull=True, issued_at__lt=now - timedelta(seconds=_PENDING_SECONDS)
    )
    for notice in pending.order_by("pk")[:_SWEPT]:
        _complete(notice)
    ended = register.rows().filter(ended_at__isnull=False).exclude(session_key="")
    for row in ended.order_by("pk")[:_SWEPT]:
        register.finish(row)
    register.prune()
    old = _all().filter(keep_until__lt=now).values_list("pk", flat=True)[:_SWEPT]
    _all().filter(pk__in=list(old)).delete()


def _written_down(logout: _core.ValidLogoutToken) -> LogoutNotice | None:
    """The notice of a token; None where it was completed before."""
    issuer, jti = logout.issuer, hashlib.sha256(logout.jti.encode()).hexdigest()
    now = timezone.now()
    try:
        with transaction.atomic(using=_database()):
            return _all().create(
                issuer=issuer,
                jti=jti,
                subject=logout.subject or "",
                sid=logout.sid or "",
                issued_at=moments.of_epoch(logout.issued_at),
                keep_until=now + KEPT,
            )
    except IntegrityError:
        return _all().filter(issuer=issuer, jti=jti, completed_at__isnull=True).first()


def _complete(notice: LogoutNotice) -> bool:
    """End the sessions that a notice names; False where some could not be deleted."""
    ended = register.end(_named(notice), by=EndedBy.BACK_CHANNEL)
    if ended.is_complete:
        _all().filter(pk=notice.pk).update(completed_at=timezone.now())
    return ended.is_complete


def _named(notice: LogoutNotice) -> QuerySet[UserSession]:
    """The sessions of a `sid`, or all of a person that were there (Back-Channel Logout 1.0 §2.7)."""
    found = register.rows().filter(issuer=notice.issuer).select_related("user")
    if notice.sid:
        found = found.filter(sid=notice.sid)
    else:
        # One that is completed late leaves alone what she has begun since then.
        came_at = notice.keep_until - KEPT
        found = found.filter(signed_in_at__lte=came_at + _CLOCKS_APART)
    if notice.subject:
        found = found.filter(subject=notice.subject)
    return found.filter(Q(ended_at__isnull=True) | ~Q(session_key=""))


def _all() -> QuerySet[LogoutNotice]:
    return LogoutNotice._default_manager.using(_database())


def _database() -> str:
    return router.db_for_write(LogoutNotice)
