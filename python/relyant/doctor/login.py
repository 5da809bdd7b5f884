"""Examines one login: opened on loopback, taken back there, judged. Nobody is signed in, nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relyant import _core, conf, registry
from relyant.doctor import policy
from relyant.doctor.findings import found, of_symptom

if TYPE_CHECKING:
    from collections.abc import Callable

    from relyant.doctor.finding import Finding
    from relyant.doctor.loopback_server import CallbackServer


@dataclass
class LoginReport:
    """What a login showed; `shown` is its part of the report."""

    findings: list[Finding] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)


def examine(
    settings: conf.ProviderSettings,
    server: CallbackServer,
    *,
    open_browser: Callable[[str], None],
    seconds: float,
    show_claims: bool = False,
) -> LoginReport:
    """Ask whether the provider takes the loopback address; if it does, open a login and judge what comes."""
    party = registry.make_relying_party(settings)
    report = LoginReport(shown={"redirect_uri": server.redirect_uri})
    asked = party.examine(redirect_uri=server.redirect_uri, post_logout_redirect_uri=None)
    findings = [of_symptom(one, settings.name) for one in asked.symptoms]
    # Short of an error it is what was told without a login, which is told once.
    if any(one.doc.severity == "error" for one in findings):
        report.findings = findings
        return report
    try:
        begun = party.begin_login(server.redirect_uri)
    except _core.RelyantError as error:
        report.findings = [found(error.diagnosis, str(error), provider=settings.name, code=error.code)]
        return report
    open_browser(begun.url)
    parameters = server.wait(seconds)
    if parameters is None:
        detail = f"no callback at {server.redirect_uri} within {seconds:g} s"
        report.findings = [found("no_callback", detail, provider=settings.name)]
        return report
    came = party.examine_login(parameters, begun.transaction, server.redirect_uri)
    _judge(report, came, settings)
    if show_claims and came.identity is not None:
        report.shown["claims"] = {source: came.identity.claims(source) for source in came.claim_names}
    return report


def _judge(report: LoginReport, came: _core.LoginExamination, settings: conf.ProviderSettings) -> None:
    report.findings += [of_symptom(one, settings.name) for one in came.symptoms]
    report.shown["claim_names"] = came.claim_names
    if came.identity is None:
        return
    try:
        rules = registry.make_policy(settings)
    except conf.ConfigurationError:
        # A check says what is wrong with the policy.
        return
    decision = rules.evaluate(came.identity)
    report.shown["role_paths"] = rules.role_paths
    report.shown["decision"] = policy.shown(decision)
    report.findings += policy.examine_decision(
        decision, settings.name, rules.role_paths, list(report.findings)
    )
