"""`manage.py relyant_sessions`: who is signed in where, the end of sessions, and of old rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from relyant import conf, devices, moments, notices, register
from relyant.errors import Refusal, database_translated, on_one_line
from relyant.management import users
from relyant.models import EndedBy, UserSession, users_may_be_inactive

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.db.models import QuerySet

_LISTED = 50
# Which sessions: any of these says so.
_CHOOSING = ("user", "provider", "sid", "inactive")


class Command(BaseCommand):
    """`relyant_sessions`, `relyant_sessions end`, or `relyant_sessions prune`."""

    help = (
        "Lists the sessions that a provider began, the newest first. `end` ends some, on every server of the "
        "site; the provider's own sessions go on. `prune` finishes ends that are half done, and removes "
        "what has lapsed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which sessions to list, or to end."""
        _choose(parser)
        parser.add_argument("--ended", action="store_true", help="those that have ended, too")
        parser.add_argument("--limit", type=int, default=_LISTED, help=f"how many (default: {_LISTED})")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        commands = parser.add_subparsers(dest="do")
        end = commands.add_parser("end", help="end the sessions that are chosen, and say how many")
        _choose(end, prefix="end_")
        end.add_argument("--all", action="store_true", dest="end_all", help="end everybody's")
        end.add_argument("--dry-run", action="store_true", help="say how many it would be, end none")
        commands.add_parser(
            "prune", help="finish what is half done, remove what has lapsed, and say how many"
        )

    @no_translations
    def handle(self, *_: Any, do: str | None, **options: Any) -> None:
        """List, end or prune."""
        try:
            with database_translated():
                if do == "end":
                    self._end(options)
                elif do == "prune":
                    self._prune()
                else:
                    self._list(options)
        except Refusal as refusal:
            raise CommandError(refusal.operator) from refusal

    def _list(self, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError(f"--limit must be 1 or more, got {options['limit']}")
        found = register.rows() if options["ended"] else register.going_on()
        for one in _chosen(found, options)[: options["limit"]]:
            self.stdout.write(json.dumps(_to_json(one)) if options["json"] else _line(one))

    def _end(self, options: dict[str, Any]) -> None:
        given = {name: options[f"end_{name}"] or options[name] for name in _CHOOSING}
        if not any(given.values()) and not options["end_all"]:
            raise CommandError("say whose: --user, --provider, --sid or --inactive; or --all for everybody's")
        found = _chosen(register.rows().filter(ended_at__isnull=True), given)
        if options["dry_run"]:
            self.stdout.write(f"Would end {_counted(found.count())}.")
            return
        ended = register.end(found, by=EndedBy.OPERATOR)
        self.stdout.write(f"Ended {_counted(ended.count)}.")
        if not ended.is_complete:
            raise CommandError(
                "not every session could be deleted from where sessions are kept: the log says why. They are "
                "marked; run `relyant_sessions prune` once the store is back"
            )

    def _prune(self) -> None:
        before = register.rows().count()
        notices.sweep()
        while register.prune():
            pass
        self.stdout.write(f"Removed {_counted(before - register.rows().count())} that had lapsed.")


def _choose(parser: ArgumentParser, prefix: str = "") -> None:
    """The options that say which sessions, before the word of what to do as well as after it."""
    parser.add_argument("--user", dest=f"{prefix}user", metavar="NAME", help="of a user, by name or key")
    parser.add_argument(
        "--provider", dest=f"{prefix}provider", metavar="NAME", help="begun at the provider of this name"
    )
    parser.add_argument(
        "--sid", dest=f"{prefix}sid", metavar="SID", help="of one session at the provider, by its `sid`"
    )
    parser.add_argument(
        "--inactive", dest=f"{prefix}inactive", action="store_true", help="of users who are deactivated"
    )


def _chosen(found: QuerySet[UserSession], options: dict[str, Any]) -> QuerySet[UserSession]:
    found = found.select_related("user")
    for name in ("provider", "sid"):
        if options[name]:
            found = found.filter(**{name: options[name]})
    if options["provider"] and options["provider"] not in _known_providers(options["provider"]):
        raise CommandError(f"no provider is named `{options['provider']}`, and no session was begun there")
    if options["user"]:
        found = found.filter(user=users.find(options["user"]))
    if options["inactive"]:
        if not users_may_be_inactive():
            raise CommandError("--inactive: the user model has no field `is_active`")
        found = found.filter(user__is_active=False)
    return found


def _known_providers(name: str) -> set[str]:
    """The providers of the settings, and one that is gone from them and has begun sessions."""
    gone = register.rows().filter(provider=name).values_list("provider", flat=True)[:1]
    return {*conf.relyant_settings().providers, *gone}


def _counted(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"


def _to_json(session: UserSession) -> dict[str, Any]:
    def at(moment: Any) -> str | None:
        return None if moment is None else moments.utc(moment).isoformat(timespec="seconds")

    return {
        "user": session.user.get_username(),
        "provider": session.provider,
        "issuer": session.issuer,
        "subject": session.subject,
        "sid": session.sid,
        "device": devices.in_words(session.user_agent),
        "user_agent": session.user_agent,
        "signed_in_at": at(session.signed_in_at),
        "checked_at": at(session.checked_at),
        "expires_at": at(session.expires_at),
        "ended_at": at(session.ended_at),
        "ended_by": session.ended_by,
    }


def _line(session: UserSession) -> str:
    """One session on one line, whatever a browser or a provider says."""
    words = [
        moments.in_words(session.signed_in_at),
        session.user.get_username(),
        session.provider,
        devices.in_words(session.user_agent),
        f"sid {session.sid or '-'}",
        f"confirmed {moments.in_words(session.checked_at)}",
    ]
    if session.ended_at is None:
        words.append(f"until {moments.in_words(session.expires_at)}")
    else:
        words.append(f"ended {moments.in_words(session.ended_at)} ({session.ended_by})")
    return on_one_line("  ".join(words))
