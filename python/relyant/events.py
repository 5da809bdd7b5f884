"""What happened to whom, as rows: `EVENTS` says which kinds are kept. Emergency logins always are.

Whoever changes something records it inside the transaction of the change, so that there is no change without
its event and no event without its change. A login and a refusal change nothing that is worth failing for:
`attempt` writes those, and a database that can't take the row costs a line in the log.

No row holds a token, a code or a secret. It keeps the user's key and name as they were, since she may be
renamed or deleted.
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError, router, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from relyant import conf
from relyant.models import Event, EventKind, LinkedIdentity, user_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relyant import _core
    from relyant.errors import Refusal

logger = logging.getLogger("relyant")

# What happens at each visit, and changes nobody's rights.
_VISITS = frozenset({EventKind.LOGIN, EventKind.REFUSED})
# Rows in any case: rare, by hand, and the one way in that no provider knows of.
_ALWAYS = frozenset({EventKind.BREAK_GLASS_MINTED, EventKind.BREAK_GLASS_USED})
# A stranger can begin a login and spoil it as often as he likes. Of refusals before anybody is known so many
# are kept within an hour; the log has all of them.
STRANGERS_AN_HOUR = 100
# The keys of a detail that `make` fills.
_PEOPLE = ("user", "actor")
# What the other keys are called.
_NAMES = {
    "joined": _("joined"),
    "left": _("left"),
    "staff": _("staff"),
    "superuser": _("superuser"),
    "rule": _("rule"),
    "keeps_password": _("keeps the password"),
    "why": _("why"),
}
# Of the operator's words on a refusal, so many characters are kept.
_WHY = 500


def about(name: str) -> Q:
    """Find the events about a user by her name, today's or that of then, or by her key."""
    named = {f"user__{user_model().USERNAME_FIELD}": name}
    return Q(**named) | Q(detail__user__name=name) | Q(detail__user__pk=name)


def person(event: Event, who: str) -> str:
    """The name of an event's `user` or `actor`; of one who was deleted since, that of then."""
    somebody = getattr(event, who)
    kept = event.detail.get(who) or {}
    return str(somebody.get_username() if somebody else kept.get("name", ""))


def details(event: Event) -> list[tuple[str, str]]:
    """What else an event tells, by its name, in words: by the alphabet, since databases may keep no order."""
    told = ((name, value) for name, value in event.detail.items() if name not in _PEOPLE and value != [])
    return [(str(_NAMES.get(name, name.replace("_", " "))), _in_words(value)) for name, value in sorted(told)]


def is_kept(kind: EventKind) -> bool:
    """Whether `EVENTS` wants this kind."""
    if kind in _ALWAYS:
        return True
    word = conf.relyant_settings().events
    return word == "all" or (word == "changes" and kind not in _VISITS)


def keeps_visits() -> bool:
    """Whether sign-ins and refusals are kept; where the settings are wrong, nobody says that they aren't."""
    return conf.usable_settings() is None or is_kept(EventKind.REFUSED)


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
    if is_kept(kind):
        with _attempted(kind) as using:
            record(kind, using=using, **told)


def attempt_refusal(refusal: Refusal, *, provider: str, identity: _core.VerifiedIdentity | None) -> None:
    """Write that a login which this browser had under way was refused; `identity` is who it was, if known."""
    kind = EventKind.REFUSED
    if not is_kept(kind):
        return
    with _attempted(kind) as using:
        if identity is None and _strangers_are_many(using):
            return
        record(
            kind,
            using=using,
            user=_user_of(identity, using) if identity else None,
            provider=provider,
            issuer=identity.issuer if identity else "",
            subject=identity.account if identity else "",
            code=refusal.code,
            reference=refusal.reference,
            detail={"why": _storable(refusal.operator)[:_WHY]},
        )


@contextmanager
def _attempted(kind: EventKind) -> Iterator[str]:
    """Let what goes wrong in the database be logged, and leave the request's own transaction usable."""
    using = _database()
    try:
        with transaction.atomic(using=using):
            yield using
    except (DatabaseError, InterfaceError) as error:
        # By name alone: the database's own words may hold somebody's data.
        logger.error("the event `%s` could not be written: %s", kind.value, type(error).__name__)  # noqa: TRY400


def _user_of(identity: _core.VerifiedIdentity, using: str) -> Any:
    """The user whom the identity signs in; None where it has none."""
    known = LinkedIdentity.objects.using(using).filter(issuer=identity.issuer, subject=identity.account)
    linked = known.select_related("user").first()
    return linked.user if linked else None


def _strangers_are_many(using: str) -> bool:
    """Whether the last hour has as many refusals of nobody in particular as are kept."""
    since = timezone.now() - timedelta(hours=1)
    known = Event._default_manager.using(using).filter(at__gte=since, kind=EventKind.REFUSED, subject="")
    return bool(known.count() >= STRANGERS_AN_HOUR)


def _in_words(value: Any) -> str:
    """A value of an event's detail, as one reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_in_words(one)}" for name, one in sorted(value.items()))
    return json.dumps(value, ensure_ascii=False)


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
    """The database in which events are."""
    return router.db_for_write(Event)
