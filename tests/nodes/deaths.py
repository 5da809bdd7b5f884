"""Workers that die in the middle of a request, at a step that the test names: `site/deaths.py` is the worker's half."""

from __future__ import annotations

import json
from contextlib import suppress

NEVER = -1


class Deaths:
    """Orders for the workers of one site; one at a time."""

    def __init__(self, site):
        self._folder = site.orders

    def order(self, method, path, step):
        """Let whoever answers the next such request die at this step."""
        self.cancel()
        made = self._folder / "made"
        made.write_text(json.dumps({"method": method, "path": path, "step": step}))
        made.rename(self._folder / "order")

    def cancel(self):
        """Take back an order that nobody has met."""
        with suppress(FileNotFoundError):
            (self._folder / "order").unlink()

    def steps(self, method, path, ask):
        """How many steps such a request takes from its begin to its end, by asking once."""
        self.order(method, path, NEVER)
        (self._folder / "counted").unlink(missing_ok=True)
        answer = ask()
        return int((self._folder / "counted").read_text()), answer
