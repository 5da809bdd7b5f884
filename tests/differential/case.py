"""What every library is asked: one token, the keys that may open it, and what the caller allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """A token and how it came about: the name of its mutation and the algorithm that it began with."""

    kind: str
    mutation: str
    algorithm: str
    token: str
    keys: list[Any]
    allowed: list[str]
