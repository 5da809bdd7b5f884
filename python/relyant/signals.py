"""The events that a project may listen to.

Receivers run inside the visitor's request. Errors that they raise in `login_completed` fail the login.
"""

from __future__ import annotations

from django.dispatch import Signal

login_completed = Signal()
"""Somebody signed in: `request`, `user`, `provider` (its name), `identity`, `decision`, `provisioned`."""

login_refused = Signal()
"""A login ended on a page that says why: `request`, `refusal`, `provider` (its name, or None)."""

logged_out = Signal()
"""A session of ours ended: `request`, `user`, `provider` (its name)."""
