"""`manage.py relyant_doctor`: say what is wrong between this project and its provider, and what mends it."""

from __future__ import annotations

import json
import sys
import webbrowser
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from relyant import conf
from relyant.doctor import login, provider, site
from relyant.doctor.loopback_server import PATH, CallbackServer, NotLoopbackError
from relyant.doctor.report import ProviderReport, Report
from relyant.doctor.writer import Writer
from relyant.setting_types import ORIGIN, WrongValueError

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

# Exit codes: 0 nothing (so severe) was found, 1 something was, 2 the examination couldn't be made.
_FOUND = 1
_NOT_EXAMINED = 2
# Time enough to sign in with a second factor; the login itself lasts ten minutes.
_LOGIN_SECONDS = 180
_MAX_LOGIN_SECONDS = 590


class Command(BaseCommand):
    """Examines settings, provider and, with `--login`, one login."""

    help = "Says in words what is wrong between this project and its provider, and which knob mends it."
    # It is here for the time before everything is right; it runs Relyant's checks itself.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which provider, how far to go, and how to tell."""
        parser.add_argument("provider", nargs="?", help="a provider's name in PROVIDERS (default: all)")
        parser.add_argument("--json", action="store_true", help="write the report as JSON, for CI")
        parser.add_argument(
            "--fail-on",
            choices=("error", "warning", "note"),
            default="error",
            help="from which severity on the exit code is 1 (default: error)",
        )
        parser.add_argument("--deploy", action="store_true", help="also check what counts in production")
        parser.add_argument("--base-url", help="examine as if BASE_URL were this")
        opened = parser.add_argument_group("one login")
        opened.add_argument(
            "--login",
            action="store_true",
            help="open one login, at the first provider unless one is named, and examine what comes",
        )
        opened.add_argument("--port", type=int, default=8765, help="the loopback port that it comes back to")
        opened.add_argument(
            "--redirect-uri",
            help=f"the whole loopback address instead (default: http://127.0.0.1:PORT{PATH})",
        )
        opened.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
        opened.add_argument(
            "--timeout", type=_seconds, default=_LOGIN_SECONDS, help="seconds to wait for the callback"
        )
        opened.add_argument(
            "--show-claims", action="store_true", help="show the values of claims too: they are personal"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Examine, tell, and end with the exit code."""
        try:
            report = self._examine(options)
        except KeyboardInterrupt:
            raise CommandError("interrupted: nothing is told", returncode=_NOT_EXAMINED) from None
        self._tell(report, as_json=options["json"])
        if report.fails(options["fail_on"]):
            sys.exit(_FOUND)

    def _examine(self, options: dict[str, Any]) -> Report:
        chosen = _chosen(options["provider"])
        if options["login"]:
            chosen = chosen[:1]
        base_url = _base_url(options["base_url"])
        report = Report(site.facts(base_url))
        self._progress("reading this project's settings")
        report.findings += site.examine(base_url, deploy=options["deploy"])
        for settings in chosen:
            self._progress(f"asking {settings.name} at {settings.issuer}")
            one, findings = provider.examine(settings, base_url)
            report.providers.append(one)
            report.findings += findings
            if options["login"]:
                self._login(report, one, settings, options)
        return report

    def _login(
        self, report: Report, one: ProviderReport, settings: conf.ProviderSettings, options: dict[str, Any]
    ) -> None:
        """Open a login where nothing that was found excludes it."""
        if any(finding.doc.severity == "error" for finding in report.findings if finding.provider):
            self.stderr.write("No login was opened: mend what was found first.")
            return

        def open_browser(url: str) -> None:
            self.stderr.write(f"Sign in here; the address is good for one login:\n{url}")
            if not options["no_browser"]:
                webbrowser.open(url)

        with _server(options) as server:
            self.stderr.write(
                f"Redirect URI of this examination, to be registered while it runs: {server.redirect_uri}"
            )
            examined = login.examine(
                settings,
                server,
                open_browser=open_browser,
                seconds=min(options["timeout"], _MAX_LOGIN_SECONDS),
                show_claims=options["show_claims"],
            )
        one.login = examined.shown
        report.findings += examined.findings

    def _tell(self, report: Report, *, as_json: bool) -> None:
        if as_json:
            # In ASCII: what a terminal would obey, or hide, is escaped, too.
            self.stdout.write(json.dumps(report.to_json(), indent=2, default=str))
            return
        for line in Writer(self.style).lines(report):
            self.stdout.write(line)

    def _progress(self, what: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{what} ...", self.style.NOTICE)


def _seconds(text: str) -> float:
    """Read a time to wait."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    # Not "at most 0": NaN is neither.
    if not seconds > 0:
        raise ArgumentTypeError(f"must be more than 0 seconds, got {text}")
    return seconds


def _chosen(name: str | None) -> list[conf.ProviderSettings]:
    """The providers to examine; none where the settings can't be read, which a check says."""
    usable = conf.usable_settings()
    if usable is None:
        return []
    declared = usable.providers
    if name is None:
        return list(declared.values())
    if name not in declared:
        raise CommandError(
            f"no provider is named `{name}`; PROVIDERS has: {', '.join(declared)}", returncode=_NOT_EXAMINED
        )
    return [declared[name]]


def _base_url(asked: str | None) -> str | None:
    """The base address to examine with: as asked, else as BASE_URL says."""
    if asked is not None:
        try:
            origin: str = ORIGIN.parse(asked, "--base-url")
        except WrongValueError as wrong:
            raise CommandError(str(wrong), returncode=_NOT_EXAMINED) from None
        return origin
    usable = conf.usable_settings()
    return usable.base_url if usable else None


def _server(options: dict[str, Any]) -> CallbackServer:
    redirect_uri = options["redirect_uri"] or f"http://127.0.0.1:{options['port']}{PATH}"
    try:
        return CallbackServer(redirect_uri)
    except NotLoopbackError as error:
        raise CommandError(str(error), returncode=_NOT_EXAMINED) from None
    except (OSError, OverflowError, ValueError) as error:
        raise CommandError(
            f"can't listen at {redirect_uri}: {error}; choose another --port", returncode=_NOT_EXAMINED
        ) from None
