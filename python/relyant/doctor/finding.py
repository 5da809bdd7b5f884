"""What a finding is: its words in the catalogue, and one occurrence of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
# Who must act: whoever runs this project, the provider, or the network between them.
Who = Literal["site", "provider", "network"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class FindingDoc:
    """What a finding means: `mend` is what to do here, `keycloak` the page, the tab and the knob there."""

    severity: Severity
    who: Who
    title: str
    meaning: str
    mend: str
    keycloak: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that was found, ready to be told. `code` is the error code that a login gets by it."""

    id: str
    doc: FindingDoc
    provider: str | None = None
    detail: str = ""
    code: str | None = None
