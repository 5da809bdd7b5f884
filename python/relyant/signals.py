"""The events that a project may listen to.

Receivers run inside the visitor's request. A receiver of `login_completed` may still refuse: a `Refusal` that
it raises is the visitor's page, and any other error fails the login. Errors in receivers of the others are
logged and change nothing: the page is shown, and the logout goes on to the provider.

Rights have `groups` (a frozenset of names), `staff` and `superuser`: all that the user has, not only what the
provider gives. `provisioned` of `login_completed` has them `before` and `after` the login. `rights_changed`
tells of each change, of those too that a refused login leaves behind. It comes once the change is in the
database, as do `identity_linked` and `identity_unlinked`.

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

rights_changed = Signal()
"""A sign-in changed groups or flags: `user`, `provider` (its name), `before`, `after`, `reasons`."""

identity_linked = Signal()
"""A signed-in user linked a provider herself: `user`, `provider` (its name), `issuer`, `subject`."""

identity_unlinked = Signal()
"""A provider was unlinked: `user`, `actor` (who did it), `provider` (its name), `issuer`, `subject`."""

logged_out = Signal()
"""A session of ours ended: `request`, `user`, `provider` (its name)."""

session_ended = Signal()
"""A session is over: `user`, `actor`, `provider` (its name), `issuer`, `subject`, `by`, `session` (its row).

`by` is one of `relyant.models.EndedBy`.
"""


def tell(signal: Signal, sender: type, **told: Any) -> None:
    """Send what nobody can stop any more: a receiver that fails is logged."""
    for receiver, answer in signal.send_robust(sender, **told):
        if isinstance(answer, Exception):
            logger.error("the signal receiver %r failed", receiver, exc_info=answer)
