"""A form that came too late for its session: what of it is kept, under seal, by its visitor's own page.

Nothing is stored here: the page carries the sealed copy, and its form brings it back. A copy opens for the
browser that it was made in alone, and says who filled it in, where it was going, and when.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.utils.http import escape_leading_slashes

from relyant import _core, conf

if TYPE_CHECKING:
    from django.http import HttpRequest

# How long she may take to sign in and come back.
LIFETIME_SECONDS = 3600
# What of a form is kept at most, in bytes: longer than anybody types. A page has to carry it twice.
MAX_BYTES = 1_000_000
# For the other half of the request that brings it back: headers of the form's parts, and its field's name.
_ROOM_BYTES = 2048

_PURPOSE = "relyant.kept_form"
_URL_ENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
# Django's own field is made anew: a sign-in changes its value.
_CSRF_FIELD = "csrfmiddlewaretoken"
_PASSWORD = re.compile(r"passw|passphrase|pwd|^pass$", re.IGNORECASE)


@dataclass(frozen=True)
class KeptForm:
    """A form as it was sent, but for passwords and files: of these the names alone."""

    target: str
    user: str | None
    kept_at: int
    is_multipart: bool
    fields: list[list[str]] = field(repr=False)
    passwords: list[str]
    files: list[list[str]]

    @property
    def is_fresh(self) -> bool:
        """Whether it may still be sent again."""
        return time.time() - self.kept_at <= LIFETIME_SECONDS

    def is_of(self, user: str) -> bool:
        """Whether this user filled it in, as far as that is known."""
        return self.user is None or self.user == user


def may_be_kept(request: HttpRequest) -> bool:
    """Whether a request is a form that a page of this site made: its CSRF check has passed.

    What `csrf_exempt` lets through has not been checked, and may be another site's.
    """
    checked = getattr(request, "csrf_processing_done", False)
    is_form = request.content_type in (_URL_ENCODED, _MULTIPART)
    return bool(request.method == "POST" and checked and is_form)


def is_empty(request: HttpRequest) -> bool:
    """Whether a form has nothing that somebody would miss."""
    return not request.FILES and not set(request.POST) - {_CSRF_FIELD}


def of(request: HttpRequest, user: str | None) -> KeptForm:
    """Take out of a form what can be kept. `user` is whose session has ended, where that is known."""
    fields = [[name, value] for name, values in request.POST.lists() for value in values]
    theirs = [one for one in fields if one[0] != _CSRF_FIELD]
    return KeptForm(
        # Two slashes at its beginning would be another site's name.
        target=escape_leading_slashes(request.get_full_path()),
        user=user,
        kept_at=int(time.time()),
        is_multipart=request.content_type == _MULTIPART,
        fields=[one for one in theirs if not _is_password(*one)],
        passwords=[one[0] for one in theirs if _is_password(*one)],
        files=[[name, one.name or ""] for name, files in request.FILES.lists() for one in files],
    )


def seal(form: KeptForm, browser: str) -> str | None:
    """Seal a form for the browser with this mark; None where it is too long."""
    content = json.dumps(asdict(form), ensure_ascii=False).encode()
    return _sealer().seal(content, browser.encode()) if len(content) <= _max_bytes() else None


def open_sealed(sealed: str, browser: str) -> KeptForm | None:
    """Open what `seal` sealed for this browser; None for anything else, and for what is too old."""
    content = _sealer().open(sealed, browser.encode())
    form = KeptForm(**json.loads(content)) if content else None
    return form if form and form.is_fresh else None


def _is_password(name: str, value: str) -> bool:
    return bool(value and _PASSWORD.search(name))


def _max_bytes() -> int:
    """Sealed, a text is 4/3 as long; it comes back in a form, which Django limits."""
    limit = conf.max_form_bytes()
    return MAX_BYTES if limit is None else min(MAX_BYTES, (limit - _ROOM_BYTES) * 3 // 4)


def _sealer() -> _core.Sealer:
    return _core.Sealer(conf.secrets(), _PURPOSE)
