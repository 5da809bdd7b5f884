"""The events that a project may listen to.

Receivers run inside the visitor's request. A receiver of `login_completed` may still refuse: a `Refusal` that
it raises is the visitor's page, and any other error fails the login. Errors in receivers of the other two are
logged and change nothing: the page is shown, and the logout goes on to the provider.

The sender is the user's class; of `login_refused`, where there may be no user, `relyant.errors.Refusal`.
"""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import Signal

logger = logging.getLogger("relyant")

login_completed = Signal()
"""Somebody signed in: `request`, `user`, `provider` (its name), `identity`, `decision`, `provisioned`."""

login_refused = Signal()
"""A login ended on a page that says why: `request`, `refusal`, `provider` (its name, or None)."""

logged_out = Signal()
"""A session of ours ended: `request`, `user`, `provider` (its name)."""


def tell(signal: Signal, sender: type, **told: Any) -> None:
    """Send what nobody can stop any more: a receiver that fails is logged."""
    for receiver, answer in signal.send_robust(sender, **told):
        if isinstance(answer, Exception):
            logger.error("the signal receiver %r failed", receiver, exc_info=answer)
