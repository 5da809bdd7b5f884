"""A form that another site's page posts to us: read once, with a bound, and taken out of the request.

Such a form may hold an authorization code, so no report of an error may find it in the request any more.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.http import QueryDict, UnreadablePostError

from relyant.errors import Refusal
from relyant.flows.parameters import EncodedParameters

if TYPE_CHECKING:
    from django.http import HttpRequest

# Twice of what the core takes as a callback: it says better than we do what is too long.
MAX_BYTES = 16 * 1024
CONTENT_TYPE = "application/x-www-form-urlencoded"


def take(request: HttpRequest) -> EncodedParameters:
    """Read the form out of the request. Raises Refusal where it isn't one, or isn't all there is.

    OAuth 2.0 Form Post Response Mode §2: the parameters are in the body, in this one encoding.
    """
    try:
        return _read(request)
    finally:
        drop(request)


def _read(request: HttpRequest) -> EncodedParameters:
    if request.content_type != CONTENT_TYPE:
        raise _unusable(f"its content type must be {CONTENT_TYPE}, got `{(request.content_type or '')[:80]}`")
    # RFC 6749 §3.1: no parameter twice, and so none in two places.
    if request.META.get("QUERY_STRING"):
        raise _unusable("the address has a query beside it")
    try:
        body = EncodedParameters(request.read(_bytes_to_read(request)).decode(errors="replace"))
    except UnreadablePostError:
        raise _unusable("the connection broke off") from None
    # What was no UTF-8 is longer now, and nothing is shorter: no more bytes came than this counts.
    if len(body.text.encode()) > MAX_BYTES:
        raise _unusable(f"it has more than {MAX_BYTES} bytes")
    return body


def _bytes_to_read(request: HttpRequest) -> int:
    """As many as the request says it has, and at most one more than we take."""
    said = request.META.get("CONTENT_LENGTH") or ""
    is_short = said.isascii() and said.isdigit() and len(said) <= len(str(MAX_BYTES))
    return min(int(said) if is_short else MAX_BYTES + 1, MAX_BYTES + 1)


def drop(request: HttpRequest) -> None:
    """Leave nothing of the body, wherever Django, a server or a report looks for it."""
    # Django has no public way to forget what it read, or would read yet.
    request._body = b""  # noqa: SLF001
    request._stream = BytesIO()  # noqa: SLF001
    request.POST = QueryDict()
    if "wsgi.input" in request.META:
        request.META["wsgi.input"] = BytesIO()


def _unusable(why: str) -> Refusal:
    return Refusal("transaction.form_unusable", f"the form can't be taken: {why}")
