"""The catalogue of what the doctor can find, and the findings that checks and symptoms become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import ERROR, WARNING

from relyant import check_catalogue
from relyant.doctor.about_login import LOGIN
from relyant.doctor.about_provider import PROVIDER
from relyant.doctor.about_site import SITE
from relyant.doctor.finding import Finding, FindingDoc, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.checks import CheckMessage

    from relyant import _core

# In the order of a login.
CATALOGUE: Mapping[str, FindingDoc] = {**SITE, **PROVIDER, **LOGIN}


def found(name: str, detail: str = "", *, provider: str | None = None, code: str | None = None) -> Finding:
    """Make the finding `doctor.NAME`."""
    identifier = f"doctor.{name}"
    return Finding(identifier, CATALOGUE[identifier], provider, detail, code)


def of_symptom(symptom: _core.Symptom, provider: str) -> Finding:
    """Make the finding that a symptom is: a diagnosis of the core has the finding of its name."""
    return found(symptom.diagnosis, symptom.detail, provider=provider, code=symptom.code)


def of_check(message: CheckMessage) -> Finding:
    """Make a finding of a system check, under the check's own id."""
    hint = message.hint or "The checks reference says more."
    known = check_catalogue.CATALOGUE.get(message.id or "")
    meaning = known.meaning if known and known.meaning != message.msg else ""
    doc = FindingDoc(_severity(message.level), "site", str(message.msg), meaning, str(hint))
    return Finding(message.id or "relyant", doc)


def _severity(level: int) -> Severity:
    if level >= ERROR:
        return "error"
    return "warning" if level >= WARNING else "note"
