"""Writes a report for people: what is wrong, ordered by who must act, then the addresses and the decision."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from relyant.doctor.finding import SEVERITIES
from relyant.errors import on_one_line
from relyant.why.about import source_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relyant.doctor.finding import Finding, Severity
    from relyant.doctor.report import ProviderReport, Report

_HEADINGS = {
    "site": "To be mended in this project",
    "network": "To be mended on the way to the provider",
    "provider": "To be mended at the provider",
}
_NOTES = "Worth knowing"
_WIDTH = 110


class Writer:
    """Turns a report into lines; `style` is Django's, with colours or without."""

    def __init__(self, style: Any) -> None:
        self._paint = {"error": style.ERROR, "warning": style.WARNING, "note": style.NOTICE}
        self._heading = style.MIGRATE_HEADING
        self._good = style.SUCCESS

    def lines(self, report: Report) -> Iterator[str]:
        """The whole report."""
        for heading, findings in _parts(report):
            yield self._heading(heading)
            for finding in findings:
                yield from self._finding(finding, report)
            yield ""
        for provider in report.providers:
            yield from self._provider(provider)
        yield self._summary(report)

    def _finding(self, finding: Finding, report: Report) -> Iterator[str]:
        doc = finding.doc
        where = f" ({finding.provider})" if finding.provider and len(report.providers) > 1 else ""
        yield self._paint[doc.severity](f"{doc.severity}: {doc.title}") + f" [{finding.id}]{where}"
        yield from _indented("seen", finding.detail)
        yield from _indented("why", doc.meaning)
        yield from _indented("mend", doc.mend)
        yield from _indented("Keycloak", doc.keycloak)

    def _provider(self, provider: ProviderReport) -> Iterator[str]:
        yield self._heading(f"Provider {provider.name}: {provider.issuer}")
        yield from _facts(provider.facts or {})
        if provider.addresses:
            exact = provider.addresses.exact
            note = "" if exact else " (no BASE_URL: whichever of these hosts a visitor uses)"
            yield f"  register as redirect URI{note}:"
            yield from (f"    {uri}" for uri in provider.addresses.redirect_uris)
            yield f"  register as post-logout redirect URI{note}:"
            yield from (f"    {uri}" for uri in provider.addresses.post_logout_redirect_uris)
            yield f"  register as back-channel logout URI, for single sign-out{note}:"
            yield from (f"    {uri}" for uri in provider.addresses.back_channel_logout_uris)
            if provider.addresses.jwks_uris:
                yield f"  register as JWKS URL, where the site's public keys are{note}:"
                yield from (f"    {uri}" for uri in provider.addresses.jwks_uris)
        yield from _login(provider.login or {})
        yield ""

    def _summary(self, report: Report) -> str:
        counted: list[tuple[Severity, int]] = [(severity, report.count(severity)) for severity in SEVERITIES]
        worst = next((severity for severity, number in counted if number), None)
        if worst is None:
            return str(self._good("Nothing is wrong."))
        text = ", ".join(_number(number, severity) for severity, number in counted if number)
        return str(self._paint[worst](text))


def _parts(report: Report) -> Iterator[tuple[str, list[Finding]]]:
    """The findings below their headings: whoever must act, and in the end what is merely worth knowing."""
    notes = [one for one in report.findings if one.doc.severity == "note"]
    for who, heading in _HEADINGS.items():
        concerned = [one for one in report.findings if one.doc.who == who and one not in notes]
        if concerned:
            yield heading, sorted(concerned, key=lambda one: SEVERITIES.index(one.doc.severity))
    if notes:
        yield _NOTES, notes


def _facts(facts: dict[str, Any]) -> Iterator[str]:
    if facts.get("internal_base_url"):
        yield f"  reached at {facts['reached_at']} (INTERNAL_BASE_URL)"
    if facts.get("proxy"):
        yield f"  reached through the proxy {facts['proxy']} (environment)"
    if facts.get("clock_difference") is not None:
        yield f"  clock: {facts['clock_difference']:+d} s against this server"
    if facts.get("metadata"):
        metadata = facts["metadata"]
        yield f"  signs with: {', '.join(metadata['algorithms']) or 'nothing that is allowed here'}"
        yield f"  client authentication: {metadata['client_authentication'] or 'none (public client)'}"
    if facts.get("keys"):
        usable = [key for key in facts["keys"]["usable"] if key["algorithms"]]
        yield f"  keys: {len(usable)} fit, {len(facts['keys']['skipped'])} left aside"


def _login(login: dict[str, Any]) -> Iterator[str]:
    for source, names in (login.get("claim_names") or {}).items():
        yield from _indented(f"claims of {source_in_words(source)}", ", ".join(names) or "none")
    if "role_paths" in login:
        yield from _indented("roles are looked for at", ", ".join(login["role_paths"]) or "nowhere")
    if "decision" in login:
        yield from _decision(login["decision"])
    for source, claims in (login.get("claims") or {}).items():
        yield from _indented(f"values of {source_in_words(source)}", repr(claims))


def _decision(decision: dict[str, Any]) -> Iterator[str]:
    roles = ", ".join(
        f"{one['role']} ({one['path']} of {source_in_words(one['source'])})" for one in decision["roles"]
    )
    yield from _indented("roles that came", roles or "none")
    yield from _indented("may come in", "yes" if decision["allowed"] else f"no: {decision['refusal']}")
    for reason in decision["reasons"]:
        yield from _indented(reason["effect"], f"{_whether(reason)}, because {reason['words']}")


def _whether(reason: dict[str, Any]) -> str:
    if reason["granted"]:
        return "yes"
    return f"no, it needs one of: {', '.join(reason['needs'])}" if reason["needs"] else "no"


def _indented(label: str, text: str) -> list[str]:
    if not text:
        return []
    return textwrap.wrap(
        f"{label}: {on_one_line(text)}",
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _number(number: int, severity: Severity) -> str:
    return f"{number} {severity}{'' if number == 1 else 's'}"
