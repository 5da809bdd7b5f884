"""Examines one provider without a login: the core asks it, here the answers become findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relyant import conf, registry
from relyant.doctor import addresses, policy
from relyant.doctor.findings import found, of_symptom
from relyant.doctor.report import ProviderReport

if TYPE_CHECKING:
    from relyant.doctor.finding import Finding


def examine(settings: conf.ProviderSettings, base_url: str | None) -> tuple[ProviderReport, list[Finding]]:
    """Ask a provider what it says, and whether it takes this client and the addresses of this site."""
    site = addresses.of_provider(settings, base_url)
    report = ProviderReport(settings.name, settings.issuer, site)
    try:
        party = registry.make_relying_party(settings)
    except conf.ConfigurationError as error:
        return report, [_unusable(settings, error)]
    known = site if site and site.exact else None
    examination = party.examine(
        redirect_uri=known.redirect_uris[0] if known else None,
        post_logout_redirect_uri=known.post_logout_redirect_uris[0] if known else None,
    )
    report.facts = {**examination.facts(), "internal_base_url": settings.internal_base_url}
    symptoms = [of_symptom(one, settings.name) for one in examination.symptoms]
    return report, [*symptoms, *policy.examine(settings)]


def _unusable(settings: conf.ProviderSettings, error: conf.ConfigurationError) -> Finding:
    """The finding of settings that no client can be made of."""
    cause = error.__cause__
    code = getattr(cause, "code", None)
    return found(
        getattr(cause, "diagnosis", "setting_unusable"), str(error), provider=settings.name, code=code
    )
