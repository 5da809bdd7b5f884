"""Parameters of a request, out of its address or its form."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class EncodedParameters:
    """Parameters, still encoded. They may hold an authorization code, so no traceback shows them."""

    text: str = field(repr=False)
