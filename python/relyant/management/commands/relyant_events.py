"""`manage.py relyant_events`: list what happened to whom, and remove what is old."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone as site_time
from django.utils.dateparse import parse_date, parse_datetime

from relyant import conf, events, moments
from relyant.errors import on_one_line
from relyant.management import users
from relyant.models import Event, EventKind

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.db.models import QuerySet

# A hundred years: whoever wants more wants no end.
_MOST_DAYS = 36_500
_LISTED = 50


class Command(BaseCommand):
    """`relyant_events`, or `relyant_events prune --older-than DAYS`."""

    help = (
        "Lists what happened to whom, the newest first. `prune` removes what is old: "
        "nothing else removes an event."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which events to list, or which to remove."""
        parser.add_argument("--user", metavar="NAME", help="a user's name, today's or that of then, or key")
        parser.add_argument("--kind", choices=[kind.value for kind in EventKind], help="of this kind alone")
        parser.add_argument("--provider", metavar="NAME", help="at the provider of this name")
        parser.add_argument("--reference", metavar="REFERENCE", help="the refusal whose page shows it")
        parser.add_argument("--since", metavar="TIME", help="from a day or time on, such as 2026-03-01")
        parser.add_argument("--limit", type=int, default=_LISTED, help=f"how many (default: {_LISTED})")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        commands = parser.add_subparsers(dest="do")
        prune = commands.add_parser("prune", help="remove events by age, and say how many")
        prune.add_argument(
            "--older-than", type=int, required=True, metavar="DAYS", help="how old they are at least, in days"
        )
        prune.add_argument("--dry-run", action="store_true", help="say how many it would be, remove none")

    @no_translations
    def handle(self, *_: Any, do: str | None, **options: Any) -> None:
        """List, or prune."""
        if do == "prune":
            self._prune(options["older_than"], dry_run=options["dry_run"])
        else:
            self._list(options)

    def _list(self, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError(f"--limit must be 1 or more, got {options['limit']}")
        found = _chosen(options)[: options["limit"]]
        for event in found:
            self.stdout.write(json.dumps(_to_json(event)) if options["json"] else _line(event))
        if not found:
            _require_known(options)
            self.stderr.write(f"No such event.{_what_is_not_kept(options)}")

    def _prune(self, days: int, *, dry_run: bool) -> None:
        if not 1 <= days <= _MOST_DAYS:
            raise CommandError(f"--older-than must be 1 or more and at most {_MOST_DAYS} days, got {days}")
        old = Event._default_manager.filter(at__lt=site_time.now() - timedelta(days=days))
        count = old.count() if dry_run else old.delete()[0]
        what = "event" if count == 1 else "events"
        done = "Would remove" if dry_run else "Removed"
        self.stdout.write(f"{done} {count} {what} older than {days} days.")


def _chosen(options: dict[str, Any]) -> QuerySet[Event]:
    chosen = Event._default_manager.select_related("user", "actor")
    for name in ("kind", "provider", "reference"):
        if options[name]:
            chosen = chosen.filter(**{name: options[name]})
    if options["user"]:
        chosen = chosen.filter(events.about(options["user"]))
    if options["since"]:
        chosen = chosen.filter(at__gte=_time(options["since"]))
    return chosen


def _require_known(options: dict[str, Any]) -> None:
    """Refuse a name that neither a user, the settings nor any event has. Raises CommandError."""
    every, name, user = Event._default_manager, options["provider"], options["user"]
    providers = list(conf.relyant_settings().providers)
    if name and name not in providers and not every.filter(provider=name).exists():
        nearest = get_close_matches(name, providers, n=1)
        guess = f"; did you mean {nearest[0]}?" if nearest else f"; the settings have {', '.join(providers)}"
        raise CommandError(f"no provider and no event has the name `{name}`{guess}")
    if user and not every.filter(events.about(user)).exists():
        users.find(user)


def _what_is_not_kept(options: dict[str, Any]) -> str:
    """Why there may be none: `EVENTS` leaves out what is asked for, or a part of it."""
    asked = EventKind.REFUSED if options["reference"] else options["kind"] and EventKind(options["kind"])
    kinds = [asked] if asked else list(EventKind)
    left_out = [kind.value for kind in kinds if not events.is_kept(kind)]
    if not left_out:
        return ""
    told = f' `EVENTS` is "{conf.relyant_settings().events}": no row is written for {", ".join(left_out)}.'
    return f"{told} The log has each refusal with its reference." if EventKind.REFUSED in left_out else told


def _time(text: str) -> datetime:
    """Read a day or a time; without a zone it is of the site's own."""
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        day = moment = None
    if moment is None and day is not None:
        moment = datetime.combine(day, time.min)
    if moment is None:
        raise CommandError(
            f"--since must be a day or a time, such as 2026-03-01 or 2026-03-01T12:00, got {text}"
        )
    return moments.of_row(moment)


def _to_json(event: Event) -> dict[str, Any]:
    return {
        "at": moments.utc(event.at).isoformat(timespec="seconds"),
        "kind": event.kind,
        "user": None if event.user is None else event.user.get_username(),
        "actor": None if event.actor is None else event.actor.get_username(),
        "provider": event.provider,
        "issuer": event.issuer,
        "subject": event.subject,
        "code": event.code,
        "reference": event.reference,
        "detail": event.detail,
    }


def _line(event: Event) -> str:
    """One event on one line, whatever a provider's words hold."""
    when = moments.in_words(event.at)
    user = events.person(event, "user") or event.subject or "-"
    words = [when, event.kind, user, event.provider or "-"]
    if event.code:
        words.append(f"{event.code} (reference {event.reference})")
    if actor := events.person(event, "actor"):
        words.append(f"by {actor}")
    words += [f"{name}: {text}" for name, text in events.details(event)]
    return on_one_line("  ".join(words))
