"""What happened to whom, as rows: `EVENTS` says which kinds are kept.

Whoever changes something records it inside the transaction of the change, so that there is no change without
its event and no event without its change. A login and a refusal change nothing that is worth failing for:
`attempt` writes those, and a database that can't take the row costs a line in the log.

No row holds a token, a code or a secret. It keeps the user's key and name as they were, since she may be
renamed or deleted.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, InterfaceError, router, transaction
from django.utils import timezone

from relyant import conf
from relyant.models import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger("relyant")

# What happens at each visit, and changes nobody's rights.
_VISITS = frozenset({EventKind.LOGIN, EventKind.REFUSED})
# A stranger can begin a login and spoil it as often as he likes. Of refusals before anybody is known so many
# are kept within an hour; the log has all of them.
STRANGERS_AN_HOUR = 100


def is_kept(kind: EventKind) -> bool:
    """Whether `EVENTS` wants this kind."""
    word = conf.relyant_settings().events
    return word == "all" or (word == "changes" and kind not in _VISITS)


def make(  # noqa: PLR0913  what an event tells, each by its name
    kind: EventKind,
    *,
    user: Any,
    provider: str,
    issuer: str = "",
    subject: str = "",
    actor: Any = None,
    code: str = "",
    reference: str = "",
    detail: dict[str, Any] | None = None,
) -> Event:
    """Make an event for `record_all`. `actor` is who did it; None where a login or the provider did."""
    people = {"user": _as_of_now(user), "actor": _as_of_now(actor)}
    texts = {
        "provider": provider,
        "issuer": issuer,
        "subject": subject,
        "code": code,
        "reference": reference,
    }
    return Event(
        kind=kind,
        user=user if people["user"] else None,
        actor=actor if people["actor"] else None,
        detail={**{name: one for name, one in people.items() if one}, **(detail or {})},
        **{name: _fitting(name, text) for name, text in texts.items()},
    )


def record(kind: EventKind, *, using: str | None = None, **told: Any) -> None:
    """Write one event, with what `make` takes, if its kind is kept."""
    if is_kept(kind):
        make(kind, **told).save(using=using or _database(), force_insert=True)


def record_all(happened: Iterable[Event], *, using: str | None = None) -> None:
    """Write those events whose kind is kept, in one statement."""
    kept = [event for event in happened if is_kept(EventKind(event.kind))]
    if kept:
        Event._default_manager.using(using or _database()).bulk_create(kept)


def attempt(kind: EventKind, **told: Any) -> None:
    """Write one event of a visit; a database that can't take it is logged, and stops nobody."""
    using = _database()
    try:
        if not is_kept(kind):
            return
        # Its own savepoint, so that a row that fails leaves the request's transaction usable.
        with transaction.atomic(using=using):
            if kind == EventKind.REFUSED and not told.get("subject") and _strangers_are_many(using):
                return
            record(kind, using=using, **told)
    except (DatabaseError, InterfaceError, conf.ConfigurationError) as error:
        # By name alone: the database's own words may hold somebody's data.
        logger.error("the event `%s` could not be written: %s", kind.value, type(error).__name__)  # noqa: TRY400


def _strangers_are_many(using: str) -> bool:
    """Whether the last hour has as many refusals of nobody in particular as are kept."""
    since = timezone.now() - timedelta(hours=1)
    known = Event._default_manager.using(using).filter(at__gte=since, kind=EventKind.REFUSED, subject="")
    return bool(known.count() >= STRANGERS_AN_HOUR)


def _as_of_now(user: Any) -> dict[str, str] | None:
    """The key and the name of a user; None where there is none."""
    pk = getattr(user, "pk", None)
    return None if pk is None else {"pk": str(pk), "name": _storable(str(user.get_username()))}


def _fitting(field: str, text: str) -> str:
    """A text as the column takes it."""
    column: Any = Event._meta.get_field(field)
    return _storable(text)[: column.max_length]


def _storable(text: str) -> str:
    """A text without the one character that PostgreSQL takes in none."""
    return text.replace("\0", "\ufffd")


def _database() -> str:
    """The database in which users are."""
    return router.db_for_write(get_user_model())
