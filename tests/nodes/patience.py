"""Waiting for what is to come true: looked at again and again until a deadline."""

from __future__ import annotations

import time

SECONDS = 20
_PAUSE_SECONDS = 0.02


def until(holds, seconds=SECONDS):
    """Wait until it holds; how many seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(_PAUSE_SECONDS)
    return time.monotonic() - began
