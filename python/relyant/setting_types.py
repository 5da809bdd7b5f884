"""The shapes that a setting's value may have: each reads one value, or says what is wrong with it and where.

A parser takes the value and its path (`RELYANT.PROVIDERS.keycloak.TIMEOUT`) and returns the value as the rest
of the package uses it: lists become tuples, mappings become read-only. Everything wrong is raised at once.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timezone
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise

Parser = Callable[[Any, str], Any]

# A login that waits longer than this has lost its visitor; a larger number is nearly always milliseconds.
MAX_TIMEOUT_SECONDS = 60

# A year: who may have signed in longer ago than that, may have signed in at any time.
MAX_AGE_SECONDS = 366 * 24 * 3600
MAX_DAYS = 3660
# Less than a minute between two looks at a session, or of its whole life, is a slip of a unit.
MIN_SESSION_SECONDS = 60
# The keys of their own that tokens are sealed with are as strong as the cipher.
MIN_KEY_CHARS = 32

# In the place of a list of languages: the one that this visitor's page is in.
VISITOR = "visitor"

# The length of `auth.Group.name`.
MAX_GROUP_NAME_LENGTH = 150

# In a dictionary by site: the sites that it doesn't name.
OTHERS = "*"

# How alike, from 0 to 1, two names are of which one may be meant for the other.
_NEAR = 0.6
# An app's label and a codename.
PERMISSION_NAME = re.compile(r"[a-zA-Z_]\w*\.\w+")
_DOTTED_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_HOST = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the settings: where it stands, what it is, what to do."""

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@dataclass(frozen=True)
class PrivateKey:
    """A private key's text, which no representation shows, and the file that it was read from, if it was."""

    text: str = field(repr=False)
    file: str | None = None

    def is_open_to_others(self) -> bool:
        """Whether the file's group or everybody may read it, as far as this system tells."""
        others = stat.S_IRGRP | stat.S_IROTH
        return self.file is not None and bool(Path(self.file).stat().st_mode & others)


@dataclass(frozen=True)
class Demand:
    """How somebody must have signed in: at most so many seconds ago, and by one of these classes, if any."""

    max_age: int | None = None
    acr_values: tuple[str, ...] = ()


class WrongValueError(Exception):
    """A value, or values inside it, can't be used."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class SettingType:
    """A shape: its name in the documentation and its parser."""

    name: str
    parse: Parser


def unknown_key(path: str, key: object, known: Sequence[str], later: Sequence[str] = ()) -> Problem:
    """The problem of a key that nobody reads, naming the nearest one that is read, if one is near.

    `later` are keys that have their meaning already, but not in this version.
    """
    if key in later:
        return Problem(f"{path}.{key}", "not in this version", "Leave it out.")
    nearest = get_close_matches(str(key).upper(), known, n=1, cutoff=_NEAR)
    guess = f"Did you mean `{nearest[0]}`? " if nearest else ""
    return Problem(f"{path}.{key}", "unknown setting", f"{guess}Known here: {', '.join(known)}.")


def wrong_type(path: str, expected: str, value: object) -> WrongValueError:
    """The problem of a value of another type; the value itself is not shown, since it may be a secret."""
    got = "None" if value is None else type(value).__name__
    hint = "Is the environment variable set that it is read from?" if value is None else ""
    return WrongValueError(Problem(path, f"must be {expected}, got {got}", hint))


def require_mapping(value: Any, path: str) -> Mapping[Any, Any]:
    """A mapping, whatever it holds."""
    if not isinstance(value, Mapping):
        raise wrong_type(path, "a dictionary", value)
    return value


def collect(parts: Mapping[Any, tuple[Parser, Any, str]], problems: Sequence[Problem] = ()) -> dict[Any, Any]:
    """Parse every part (parser, value, path) before complaining, so that one start shows all problems."""
    parsed: dict[Any, Any] = {}
    found = list(problems)
    for key, (parse, value, path) in parts.items():
        try:
            parsed[key] = parse(value, path)
        except WrongValueError as wrong:
            found.extend(wrong.problems)
    if found:
        raise WrongValueError(*found)
    return parsed


def optional(wrapped: SettingType) -> SettingType:
    """The same shape, or None as if the setting were left out."""
    return SettingType(
        f"{wrapped.name} or None", lambda value, path: None if value is None else wrapped.parse(value, path)
    )


def choice(*names: str) -> SettingType:
    """One of a few words."""
    words = ", ".join(f'"{name}"' for name in names)

    def parse(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, f"one of {words}", value)
        if value not in names:
            meant = _meant(value, names)
            hint = f'Did you mean "{meant}"?' if meant else ""
            raise WrongValueError(Problem(path, f"must be one of {words}, got `{value}`", hint))
        return value

    return SettingType(f"one of {words}", parse)


def _meant(value: str, names: Sequence[str]) -> str | None:
    """The word that is probably meant: one that is alike, or the only one that has this in it."""
    folded = value.lower().replace("_", "-")
    alike = get_close_matches(folded, names, n=1)
    inside = [name for name in names if folded and folded in name]
    return alike[0] if alike else inside[0] if len(inside) == 1 else None


def choice_or_callable(*names: str) -> SettingType:
    """One of a few words, or the dotted path of a callable; whether it is there, a check finds out."""
    word = choice(*names)
    shape = f"{word.name}, or the dotted path of a callable"

    def parse(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, shape, value)
        if _DOTTED_PATH.fullmatch(value):
            return value
        parsed: str = word.parse(value, path)
        return parsed

    return SettingType(shape, parse)


def per_site(word: SettingType) -> SettingType:
    """The same word for every AdminSite, or a dictionary of their names to words."""
    shape = f"{word.name}, or a dictionary of site name to one of these"

    def parse(value: Any, path: str) -> Any:
        if isinstance(value, str):
            return word.parse(value, path)
        if not isinstance(value, Mapping):
            raise wrong_type(path, shape, value)
        if not value:
            raise WrongValueError(Problem(path, "must not be empty", f'Name a site, or "{OTHERS}" for all.'))
        unnamed = [
            Problem(path, "must name each site by a string that isn't empty")
            for name in value
            if not isinstance(name, str) or not name.strip()
        ]
        return MappingProxyType(
            collect({name: (word.parse, one, f"{path}.{name}") for name, one in value.items()}, unnamed)
        )

    return SettingType(shape, parse)


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise wrong_type(path, "a string", value)
    if not value.strip():
        raise WrongValueError(
            Problem(path, "must not be empty", "Is the environment variable set that it is read from?")
        )
    return value


def _words(value: Any, path: str) -> Any:
    """A text for visitors: a lazy translation stays one until somebody reads it."""
    return value if isinstance(value, Promise) else _text(value, path)


def _items(value: Any, path: str, of: str) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise wrong_type(path, f"a list of {of}", value)
    return value


def _texts(value: Any, path: str) -> tuple[str, ...]:
    items = _items(value, path, "strings")
    return tuple(collect({i: (_text, item, f"{path}[{i}]") for i, item in enumerate(items)}).values())


def _seconds(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type(path, "a number of seconds", value)
    if not 0 < value <= MAX_TIMEOUT_SECONDS:
        raise WrongValueError(
            Problem(path, f"must be more than 0 and at most {MAX_TIMEOUT_SECONDS} seconds, got `{value}`")
        )
    return float(value)


def _whole_seconds(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(path, "a whole number of seconds", value)
    if not 0 <= value <= MAX_AGE_SECONDS:
        raise WrongValueError(
            Problem(path, f"must be at least 0 and at most {MAX_AGE_SECONDS} seconds, got `{value}`")
        )
    return value


def _long_seconds(value: Any, path: str) -> int:
    seconds = _whole_seconds(value, path)
    if seconds < MIN_SESSION_SECONDS:
        raise WrongValueError(
            Problem(
                path, f"must be at least {MIN_SESSION_SECONDS} seconds, got `{value}`", "Or None for never."
            )
        )
    return seconds


def _days(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(path, "a whole number of days", value)
    if not 1 <= value <= MAX_DAYS:
        raise WrongValueError(Problem(path, f"must be at least 1 and at most {MAX_DAYS} days, got `{value}`"))
    return value


def _last_moment(value: Any, path: str) -> datetime:
    """The last moment of a time: a date's is the end of that day by UTC.

    A time of day without its offset is refused: on another server it would be another moment.
    """
    expected = "a date or a time with its offset from UTC"
    if not isinstance(value, (str, date)):
        raise wrong_type(path, expected, value)
    given = _parsed_time(value) if isinstance(value, str) else value
    if given is None:
        hint = 'Such as "2027-03-31" or "2027-03-31T18:00:00+02:00".'
        raise WrongValueError(Problem(path, f"must be {expected}, got `{value}`", hint))
    if not isinstance(given, datetime):
        return datetime.combine(given, time.max, timezone.utc)
    if given.utcoffset() is None:
        hint = f'Such as "{given.isoformat()}+00:00"; or a date, which ends with its day by UTC.'
        raise WrongValueError(Problem(path, f"must have an offset from UTC, got `{value}`", hint))
    return given


def _parsed_time(text: str) -> date | datetime | None:
    try:
        return parse_date(text) or parse_datetime(text)
    except ValueError:  # well written, but no such day
        return None


def _locales(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return choice(VISITOR).parse(value, path)
    return _texts(value, path)


def _texts_by_name(value: Any, path: str) -> Mapping[str, str]:
    given = require_mapping(value, path)
    unnamed = [
        Problem(path, "must name each parameter by a string") for name in given if not isinstance(name, str)
    ]
    parts = {name: (_text, text, f"{path}.{name}") for name, text in given.items()}
    return MappingProxyType(collect(parts, unnamed))


def _file(value: Any, path: str) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise wrong_type(path, "a file name", value)
    return _text(os.fspath(value), path)


def _keys(value: Any, path: str) -> tuple[str, ...]:
    keys = _texts(value, path)
    short = [f"{path}[{i}]" for i, key in enumerate(keys) if len(key) < MIN_KEY_CHARS]
    hint = "Make one by `python -c 'import secrets; print(secrets.token_urlsafe(48))'`."
    if short:
        raise WrongValueError(
            *(Problem(one, f"must have at least {MIN_KEY_CHARS} characters", hint) for one in short)
        )
    return keys


def _demands(value: Any, path: str) -> Mapping[str, Demand]:
    """A dictionary of views' names to what a sign-in must be like there."""
    given = require_mapping(value, path)
    unnamed = [
        Problem(path, "must name each view by a string that isn't empty")
        for name in given
        if not isinstance(name, str) or not name.strip()
    ]
    parts = {name: (_demand, one, f"{path}.{name}") for name, one in given.items()}
    return MappingProxyType(collect(parts, unnamed))


def _demand(value: Any, path: str) -> Demand:
    raw = require_mapping(value, path)
    known = {"MAX_AGE": _whole_seconds, "ACR_VALUES": _texts}
    problems = [unknown_key(path, key, list(known)) for key in raw if key not in known]
    if not raw:
        problems = [Problem(path, "must not be empty", f"Known here: {', '.join(known)}.")]
    parts = {key: (known[key], raw[key], f"{path}.{key}") for key in known if key in raw}
    parsed = collect(parts, problems)
    return Demand(max_age=parsed.get("MAX_AGE"), acr_values=parsed.get("ACR_VALUES", ()))


def _private_key(value: Any, path: str) -> PrivateKey:
    """A JWK or a JWK Set as a dictionary, the text of one or of a PEM, or the name of a file of that."""
    if isinstance(value, Mapping):
        return PrivateKey(json.dumps(dict(_json_object(value, path))))
    text = _file(value, path)
    if text.lstrip().startswith("{") or "-----BEGIN" in text:
        return PrivateKey(text)
    try:
        return PrivateKey(Path(text).read_text(encoding="ascii"), file=text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
        hint = "Make one by `manage.py relyant_keys make FILE`, or give the text of a PEM or a JWK."
        raise WrongValueError(Problem(path, f"the file can't be read: {reason}", hint)) from None


def _flag(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(path, "True or False", value)
    return value


def _origin(value: Any, path: str) -> str:
    text = _text(value, path)
    wrong = Problem(
        path,
        f"must be scheme, host and port alone, got `{_without_credentials(text)}`",
        "Such as `https://beer.example.com`.",
    )
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises on a port that is no number
    except ValueError:
        raise WrongValueError(wrong) from None
    rest = parts.path.rstrip("/") + parts.query + parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or rest:
        raise WrongValueError(wrong)
    return f"{parts.scheme}://{parts.netloc}"


def _hosts(value: Any, path: str) -> tuple[str, ...]:
    items = _items(value, path, "host names")
    return tuple(collect({i: (_host, item, f"{path}[{i}]") for i, item in enumerate(items)}).values())


def _host(value: Any, path: str) -> str:
    text = _text(value, path)
    if not _HOST.fullmatch(text):
        hint = "Without scheme, port, path or `*`."
        got = _without_credentials(text)
        raise WrongValueError(Problem(path, f"must be a host name alone, got `{got}`", hint))
    return text


def _without_credentials(address: str) -> str:
    """An address for a message, without what may be a user name and a password, as the core shows one."""
    before, at, after = address.rpartition("@")
    scheme = next((one for one in ("https://", "http://") if before.startswith(one)), "")
    return f"{scheme}***@{after}" if at else address


def _json_object(value: Any, path: str) -> Mapping[str, Any]:
    document = require_mapping(value, path)
    try:
        json.dumps(document)
    except (TypeError, ValueError) as error:
        hint = "Write lists, dictionaries, strings, numbers, True, False or None; no set and no lazy text."
        raise WrongValueError(Problem(path, f"must be plain data: {error}", hint)) from None
    return MappingProxyType(dict(document))


def _permission(value: Any, path: str) -> str:
    text = _text(value, path)
    if not PERMISSION_NAME.fullmatch(text):
        hint = "An app label and a codename, such as `beers.view_beer`."
        raise WrongValueError(Problem(path, f"must be a permission's name, got `{text}`", hint))
    return text


def _permissions(value: Any, path: str) -> tuple[str, ...]:
    items = _items(value, path, "permissions")
    return tuple(collect({i: (_permission, item, f"{path}[{i}]") for i, item in enumerate(items)}).values())


def _permissions_by_group(value: Any, path: str) -> Mapping[str, tuple[str, ...]]:
    groups = require_mapping(value, path)
    parts = {group: (_permissions, names, f"{path}.{group}") for group, names in groups.items()}
    return MappingProxyType(collect(parts, list(_wrong_group_names(groups, path))))


def _wrong_group_names(names: Iterable[Any], path: str) -> Iterator[Problem]:
    """What `migrate` could only fail at."""
    for name in names:
        if not isinstance(name, str) or not name.strip():
            yield Problem(path, "must name each group by a string that isn't empty")
        elif len(name) > MAX_GROUP_NAME_LENGTH:
            yield Problem(
                f"{path}.{name}", f"the group's name must have at most {MAX_GROUP_NAME_LENGTH} characters"
            )


TEXT = SettingType("string", _text)
WORDS = SettingType("string", _words)
TEXTS = SettingType("list of strings", _texts)
SECONDS = SettingType("number of seconds", _seconds)
WHOLE_SECONDS = SettingType("whole number of seconds", _whole_seconds)
LONG_SECONDS = SettingType("whole number of seconds", _long_seconds)
KEYS = SettingType("list of strings", _keys)
DEMANDS = SettingType("dictionary of view name to what its sign-in must be like", _demands)
DAYS = SettingType("whole number of days", _days)
LAST_MOMENT = SettingType("date, or time with its offset from UTC", _last_moment)
LOCALES = SettingType(f'list of strings, or "{VISITOR}"', _locales)
TEXTS_BY_NAME = SettingType("dictionary of name to string", _texts_by_name)
FILE = SettingType("file name", _file)
PRIVATE_KEY = SettingType("private key, or the name of its file", _private_key)
FLAG = SettingType("True or False", _flag)
ORIGIN = SettingType("URL without path", _origin)
HOSTS = SettingType("list of host names", _hosts)
JSON_OBJECT = SettingType("dictionary of plain data", _json_object)
PERMISSIONS_BY_GROUP = SettingType("dictionary of group name to list of permissions", _permissions_by_group)
