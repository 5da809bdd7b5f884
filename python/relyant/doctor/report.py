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

# The report's members, for the reference.
MEMBERS = (
    ("shape", f"the number of this shape, {SHAPE}"),
    ("relyant", "the version that examined"),
    ("summary", "how many `errors`, `warnings` and `notes` were found"),
    ("findings", "what was found: this project's first, then provider by provider in the order of a login"),
    ("site", "the settings of this project that decide about addresses and sessions"),
    (
        "providers",
        (
            "for each: `name`, `issuer`, `redirect_uris`, `post_logout_redirect_uris`, "
            "`back_channel_logout_uris`, `front_channel_logout_uris`, `jwks_uris` (none without "
            "`PRIVATE_KEY`), `addresses_are_exact` (false where the host of a request decides), "
            "`facts` (what it says, null where the settings can't be used) and `login` (what the login "
            "brought, null without `--login`)"
        ),
    ),
)
FINDING_MEMBERS = (
    ("id", "which finding it is, such as `doctor.clock_difference`"),
    ("severity", "`error`, `warning` or `note`"),
    ("who", "who mends it: `site`, `provider` or `network`"),
    ("provider", "the provider's name, or null"),
    ("code", "the error code that a login gets by it, or null"),
    ("title", "what is wrong, in one sentence"),
    ("detail", "what was seen, with the values in question"),
    ("meaning", "why it matters"),
    ("mend", "what to do here"),
    ("keycloak", "the page, the tab and the knob in Keycloak's console, where there is one"),
)


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
        "back_channel_logout_uris": list(addresses.back_channel_logout_uris) if addresses else [],
        "front_channel_logout_uris": list(addresses.front_channel_logout_uris) if addresses else [],
        "jwks_uris": list(addresses.jwks_uris) if addresses else [],
        "addresses_are_exact": bool(addresses and addresses.exact),
        "facts": report.facts,
        "login": report.login,
    }
