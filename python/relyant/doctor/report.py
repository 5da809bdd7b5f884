"""The report: everything that was found, and its stable shape as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relyant import _core
from relyant.doctor.finding import SEVERITIES

if TYPE_CHECKING:
    from relyant.doctor.addresses import SiteAddresses
    from relyant.doctor.finding import Finding, Severity

# Counts up when a member of the JSON is renamed or removed; new members may come at any time.
SHAPE = 1


@dataclass
class ProviderReport:
    """One provider: what it says, the addresses to register there, and the login that was opened."""

    name: str
    issuer: str
    addresses: SiteAddresses | None = None
    facts: dict[str, Any] | None = None
    login: dict[str, Any] | None = None


@dataclass
class Report:
    """One run of the doctor."""

    site: dict[str, Any]
    providers: list[ProviderReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def count(self, severity: Severity) -> int:
        """How many findings have a severity."""
        return sum(one.doc.severity == severity for one in self.findings)

    def fails(self, fail_on: Severity) -> bool:
        """Whether anything found is at least as severe."""
        bad = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return any(one.doc.severity in bad for one in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The report as plain data: no secret, no token, no claim's value that wasn't asked for."""
        return {
            "shape": SHAPE,
            "relyant": _core.__version__,
            "summary": {f"{severity}s": self.count(severity) for severity in SEVERITIES},
            "findings": [_finding(one) for one in self.findings],
            "site": self.site,
            "providers": [_provider(one) for one in self.providers],
        }


def _finding(finding: Finding) -> dict[str, Any]:
    doc = finding.doc
    return {
        "id": finding.id,
        "severity": doc.severity,
        "who": doc.who,
        "provider": finding.provider,
        "code": finding.code,
        "title": doc.title,
        "detail": finding.detail,
        "meaning": doc.meaning,
        "mend": doc.mend,
        "keycloak": doc.keycloak,
    }


def _provider(report: ProviderReport) -> dict[str, Any]:
    addresses = report.addresses
    return {
        "name": report.name,
        "issuer": report.issuer,
        "redirect_uris": list(addresses.redirect_uris) if addresses else [],
        "post_logout_redirect_uris": list(addresses.post_logout_redirect_uris) if addresses else [],
        "addresses_are_exact": bool(addresses and addresses.exact),
        "facts": report.facts,
        "login": report.login,
    }
