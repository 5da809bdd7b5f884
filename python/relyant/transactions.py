"""The login transactions of one browser, in its own sealed cookies: the only file that touches our cookies.

Each login under way has a cookie of its own, so tabs don't mix, a bot costs no session row, and no other
browser reaches what a callback needs. A record is bound to its provider and `state`. The callback's answer
replaces it by a *done* record, so that the back button finds out where the login went. One record more counts
the sign-ins of the last moments, to notice a browser that doesn't keep the session which they made; one
remembers that the next login is to ask for a sign-in of its own; and one, which alone stays for long, by
which of several providers its visitor signed in.

Where the provider answers by a form, its page posts from another site: for that login alone the records are
`SameSite=None`, and `Secure`, without which browsers take no such cookie. Loopback addresses count as secure.

On https the names begin with `__Host-`: no neighbouring host can plant them. On http they have no prefix, and
over https those are never read.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING

from relyant import _core, conf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

# A person finds her password within ten minutes; the core refuses an older transaction by its own clock.
LIFETIME_SECONDS = 600
# Somebody who comes back within a year isn't asked again which provider is hers.
REMEMBERED_SECONDS = 365 * 24 * 3600
# What a page carries for its browser is good for an hour after it was made.
MARKED_SECONDS = 3600
# Tabs that may be at the provider at one time; the oldest gives way.
MAX_RECORDS = 8
# Of the 8 KB that servers commonly take as a request's headers, the site needs the other half.
MAX_TOTAL_BYTES = 4096
# Cookies that one answer clears away, the oldest; a proxy's buffer for headers is a few kilobytes.
MAX_DELETIONS = 24
# A browser that completes this many sign-ins within these seconds, and comes back without a session, goes in
# a circle: the site sends it to the login, and a provider that knows its visitor sends it back unasked.
CIRCLE_SIGN_INS = 3
CIRCLE_SECONDS = 30

_PURPOSE = "relyant.transactions"
_SECURE_PREFIX = "__Host-relyant-"
_PLAIN_PREFIX = "relyant-"
# Of the state in a cookie's name: tells tabs apart; the seal is what binds the whole state.
_NAME_CHARS = 16
# What may stand behind the prefix. Other names are not ours, and some can't even be deleted.
_NAME_END = re.compile(rf"[A-Za-z0-9_-]{{1,{_NAME_CHARS}}}")
_PENDING, _DONE, _LEAVING, _SIGN_INS, _ANEW = b"T", b"D", b"L", b"S", b"A"
_LINKING, _LINKABLE, _STEPPING_UP = b"I", b"B", b"U"
_RECHECKING = b"R"
_CHOSEN, _CHOICE = b"C", b"P"
_MARKED = b"M"
# Before a transaction: how long it is.
_LENGTH_BYTES = 2


@dataclass(frozen=True)
class Key:
    """What a record is found by, and bound to: its provider, and the `state` that comes back from there.

    A logout's return names no provider, since its address is one for all: there the name is empty.
    """

    provider: str
    state: str


@dataclass(frozen=True)
class Pending:
    """A login that is at the provider: the core's transaction, and where the visitor wanted to go.

    `is_choice` where she said herself that it is to be this provider, of several.
    """

    transaction: bytes = field(repr=False)
    next_url: str
    is_choice: bool = False


@dataclass(frozen=True)
class Linking:
    """A signed-in user who is at a provider to link it; `mark` is her session's."""

    transaction: bytes = field(repr=False)
    mark: str


@dataclass(frozen=True)
class Linkable:
    """Who came back from there: an identity that she may link, called by a name that she knows."""

    issuer: str
    subject: str
    name: str
    mark: str


@dataclass(frozen=True)
class SteppingUp:
    """A signed-in user who is at her provider to sign in once more; `mark` is her session's.

    Why she is there: the page at `next_url` asks for a sign-in at most `max_age` seconds ago, and by one of
    `acr_values`. `answer` is the provider's, where the browser withheld the session from it.
    """

    transaction: bytes = field(repr=False)
    mark: str
    next_url: str
    max_age: int | None
    acr_values: tuple[str, ...]
    answer: str = field(default="", repr=False)


@dataclass(frozen=True)
class Rechecking:
    """A session, by its handle, that asks its provider whether it goes on, before the page at `next_url`."""

    transaction: bytes = field(repr=False)
    handle: str
    next_url: str


@dataclass(frozen=True)
class Done:
    """A login whose callback was answered already."""

    next_url: str


@dataclass(frozen=True)
class Leaving:
    """A logout that is at the provider, and where it ends; None means our own page.

    Who signs in again from there comes to `sign_in_next`, or to the usual place.
    """

    next_url: str | None
    sign_in_next: str | None = None


@dataclass(frozen=True)
class SignIns:
    """When this browser completed its newest sign-ins, in seconds since the epoch."""

    times: tuple[int, ...]


@dataclass(frozen=True)
class Anew:
    """A login that was refused for how, or how long ago, its person signed in: the next one asks anew."""


@dataclass(frozen=True)
class Choice:
    """The provider that this browser's visitor chose, and signed in by."""

    provider: str


@dataclass(frozen=True)
class Marked:
    """A browser that can be told from others: what is sealed for its mark opens with this cookie alone."""

    mark: str


AtProvider = Pending | Linking | SteppingUp | Rechecking
Record = AtProvider | Linkable | Done | Leaving | SignIns | Anew | Choice | Marked

# No states of a login are as short.
_SIGN_INS_KEY = Key(provider="", state="sign-ins")
_ANEW_STATE = "anew"
_CHOICE_KEY = Key(provider="", state="provider")
_MARK_KEY = Key(provider="", state="browser")


def put(
    request: HttpRequest, response: HttpResponse, key: Key, record: Record, *, cross_site: bool = False
) -> None:
    """Give the browser a record, in the place of the key's former one; the oldest others make room.

    One that is `cross_site` comes back with the form of another site's page, too.
    """
    started = f"{int(time.time()):x}"
    name = _name(request, key)
    value = f"{started}.{_sealer().seal(_to_bytes(record), _binding(key, started))}"
    response.set_cookie(
        name,
        value,
        max_age=_lifetime(record),
        path="/",
        secure=cross_site or conf.is_https(request),
        httponly=True,
        samesite="None" if cross_site else "Lax",
    )
    _make_room(request, response, name, value)


def take(request: HttpRequest, key: Key) -> Record | None:
    """Open this browser's record for a key; the answer is to replace or to forget it.

    None: never given here, given for another key, forgotten, or longer ago than such a record lives. How
    old a pending login may be, the core judges.
    """
    started, _, sealed = _records(request).get(_name(request, key), "").partition(".")
    content = _sealer().open(sealed, _binding(key, started))
    record = _from_bytes(content) if content else None
    is_judged_by_core = isinstance(record, AtProvider)
    return record if is_judged_by_core or (record and _is_fresh(record, started)) else None


def forget(request: HttpRequest, response: HttpResponse, key: Key) -> None:
    """Remove a record."""
    response.delete_cookie(_name(request, key), path="/", samesite="Lax")


def goes_in_circles(request: HttpRequest) -> bool:
    """Whether this browser has just completed so many sign-ins that it can't keep what they give it.

    To be asked where it has no session.
    """
    return len(_recent(request)) >= CIRCLE_SIGN_INS


def count_sign_in(request: HttpRequest, response: HttpResponse, *, cross_site: bool = False) -> None:
    """Remember that this browser has just completed a sign-in."""
    times = (*_recent(request), int(time.time()))[-CIRCLE_SIGN_INS:]
    put(request, response, _SIGN_INS_KEY, SignIns(times), cross_site=cross_site)


def forget_sign_ins(request: HttpRequest, response: HttpResponse) -> None:
    """Count from none again: somebody signed out, or was told of the circle."""
    if _name(request, _SIGN_INS_KEY) in _records(request):
        forget(request, response, _SIGN_INS_KEY)


def ask_anew(request: HttpRequest, response: HttpResponse, provider: str) -> None:
    """Let the next login at this provider ask for a sign-in of its own, in this browser."""
    put(request, response, Key(provider, _ANEW_STATE), Anew())


def is_to_ask_anew(request: HttpRequest, provider: str) -> bool:
    """Whether the last login at this provider ended with `ask_anew`."""
    return isinstance(take(request, Key(provider, _ANEW_STATE)), Anew)


def forget_to_ask_anew(request: HttpRequest, response: HttpResponse, provider: str) -> None:
    """Asked once: the next login is an ordinary one."""
    forget(request, response, Key(provider, _ANEW_STATE))


def remember_provider(request: HttpRequest, response: HttpResponse, provider: str) -> None:
    """Remember by which of several providers somebody chose to sign in, and did."""
    put(request, response, _CHOICE_KEY, Choice(provider))


def remembered_provider(request: HttpRequest) -> str | None:
    """Return the provider that was chosen in this browser; the settings may have it no more."""
    record = take(request, _CHOICE_KEY)
    return record.provider if isinstance(record, Choice) else None


def mark_of_browser(request: HttpRequest) -> str | None:
    """Return the mark of this browser; None where it has none, or an old one."""
    record = take(request, _MARK_KEY)
    return record.mark if isinstance(record, Marked) else None


def mark_browser(request: HttpRequest, response: HttpResponse, mark: str) -> None:
    """Mark this browser, for an hour from now on."""
    put(request, response, _MARK_KEY, Marked(mark))


def has_session_cookie(request: HttpRequest) -> bool:
    """Whether the browser sent a session's cookie, whatever has become of the session."""
    return conf.session_cookie_name() in request.COOKIES


def hand_over(response: HttpResponse, successor: HttpResponse) -> None:
    """Let an answer that goes out in the place of another one set its cookies, too."""
    successor.cookies.update(response.cookies)


def _recent(request: HttpRequest) -> tuple[int, ...]:
    record, now = take(request, _SIGN_INS_KEY), time.time()
    times = record.times if isinstance(record, SignIns) else ()
    return tuple(when for when in times if now - when <= CIRCLE_SECONDS)


def _to_bytes(record: Record) -> bytes:
    if isinstance(record, AtProvider):
        kind, words = _at_provider(record)
        length = len(record.transaction).to_bytes(_LENGTH_BYTES, "big")
        return kind + length + record.transaction + words.encode()
    if isinstance(record, (Leaving, Linkable)):
        kind = _LEAVING if isinstance(record, Leaving) else _LINKABLE
        return kind + json.dumps(astuple(record), ensure_ascii=False).encode()
    if isinstance(record, SignIns):
        return _SIGN_INS + json.dumps(record.times).encode()
    if isinstance(record, Choice):
        return _CHOICE + record.provider.encode()
    if isinstance(record, Marked):
        return _MARKED + record.mark.encode()
    return _ANEW if isinstance(record, Anew) else _DONE + record.next_url.encode()


def _at_provider(record: AtProvider) -> tuple[bytes, str]:
    """What a record says beside its transaction."""
    if isinstance(record, Pending):
        return (_CHOSEN if record.is_choice else _PENDING), record.next_url
    if isinstance(record, Linking):
        return _LINKING, record.mark
    _transaction, *rest = astuple(record)
    kind = _STEPPING_UP if isinstance(record, SteppingUp) else _RECHECKING
    return kind, json.dumps(rest, ensure_ascii=False)


def _from_bytes(content: bytes) -> Record | None:
    """Only what we sealed comes here; what another version did and this one doesn't know is none."""
    kind, rest = content[:1], content[1:]
    if kind in (_PENDING, _CHOSEN, _LINKING, _STEPPING_UP, _RECHECKING):
        end = _LENGTH_BYTES + int.from_bytes(rest[:_LENGTH_BYTES], "big")
        transaction, words = rest[_LENGTH_BYTES:end], rest[end:].decode()
        if kind == _LINKING:
            return Linking(transaction, words)
        if kind == _STEPPING_UP:
            mark, next_url, max_age, acr_values, answer = json.loads(words)
            return SteppingUp(transaction, mark, next_url, max_age, tuple(acr_values), answer)
        if kind == _RECHECKING:
            return Rechecking(transaction, *json.loads(words))
        return Pending(transaction, words, is_choice=kind == _CHOSEN)
    read = _READERS.get(kind)
    return read(rest) if read else None


_READERS: Mapping[bytes, Callable[[bytes], Record]] = {
    _DONE: lambda rest: Done(rest.decode()),
    _LEAVING: lambda rest: Leaving(*json.loads(rest)),
    _LINKABLE: lambda rest: Linkable(*json.loads(rest)),
    _SIGN_INS: lambda rest: SignIns(tuple(json.loads(rest))),
    _ANEW: lambda _rest: Anew(),
    _CHOICE: lambda rest: Choice(rest.decode()),
    _MARKED: lambda rest: Marked(rest.decode()),
}


def _make_room(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    """Delete the oldest of the browser's records until the new one fits, in number and in bytes."""
    others = [item for item in _held_after(request, response).items() if item[0] != name]
    room, count, surplus = MAX_TOTAL_BYTES - _size(name, value), 1, []
    # Of those of one second the sign-ins count as the youngest: in a quick circle all records are of one. And
    # what was chosen is meant to grow old.
    sign_ins, choice = _name(request, _SIGN_INS_KEY), _name(request, _CHOICE_KEY)
    for old_name, old_value in sorted(
        others, key=lambda one: (one[0] != choice, _claimed_age(one[1]), one[0] != sign_ins)
    ):
        room -= _size(old_name, old_value)
        count += 1
        if room < 0 or count > MAX_RECORDS:
            surplus.append(old_name)
    gone = sum(morsel["max-age"] == 0 for morsel in response.cookies.values())
    for old_name in surplus[::-1][: MAX_DELETIONS - gone]:
        response.delete_cookie(old_name, path="/", samesite="Lax")


def _held_after(request: HttpRequest, response: HttpResponse) -> dict[str, str]:
    """The browser's records once it has this answer, which may carry more than one."""
    held, prefix = _records(request), _prefix(request)
    for name, morsel in response.cookies.items():
        if morsel["max-age"] == 0:
            held.pop(name, None)
        elif _is_ours(name, prefix):
            held[name] = morsel.value
    return held


def _records(request: HttpRequest) -> dict[str, str]:
    """The browser's records by their exact names, from the header as it came.

    Django takes every Unicode blank off a name. A browser doesn't, so a neighbouring host can plant U+2000
    before `__Host-…` and get past the rule for that prefix (RFC 6265bis §4.1.3.2). A name that comes twice is
    none: one of the two was planted, and nothing tells which.
    """
    prefix, twice = _prefix(request), set[str]()
    found: dict[str, str] = {}
    for pair in request.META.get("HTTP_COOKIE", "").split(";"):
        name, _, value = pair.strip(" \t").partition("=")
        if _is_ours(name, prefix):
            twice.update({name} & found.keys())
            found[name] = value
    return {name: value for name, value in found.items() if name not in twice}


def _is_ours(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and bool(_NAME_END.fullmatch(name, len(prefix)))


def _claimed_age(value: str) -> int:
    """Seconds since a record was made, by its own word; nonsense there counts as very old."""
    try:
        return int(time.time()) - int(value.partition(".")[0][:9], 16)
    except ValueError:
        return int(time.time())


def _is_fresh(record: Record, started: str) -> bool:
    """Asked only of a time that the seal vouches for."""
    return time.time() - int(started, 16) <= _lifetime(record)


def _lifetime(record: Record) -> int:
    """For how many seconds a browser keeps a record, and we believe it."""
    if isinstance(record, Marked):
        return MARKED_SECONDS
    return REMEMBERED_SECONDS if isinstance(record, Choice) else LIFETIME_SECONDS


def _size(name: str, value: str) -> int:
    return len(f"{name}={value}; ")


def _prefix(request: HttpRequest) -> str:
    return _SECURE_PREFIX if conf.is_https(request) else _PLAIN_PREFIX


def _name(request: HttpRequest, key: Key) -> str:
    return _prefix(request) + key.state[:_NAME_CHARS]


def _binding(key: Key, started: str) -> bytes:
    """No ambiguity: a provider's name is a slug and the time hexadecimal, so neither holds a line break."""
    return f"{key.provider}\n{key.state}\n{started}".encode()


def _sealer() -> _core.Sealer:
    return _core.Sealer(conf.secrets(), _PURPOSE)
