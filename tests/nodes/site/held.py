"""Which sessions the site's engine holds now, whoever's they are: pages for the tests of this site alone."""

from __future__ import annotations

import os
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse

# With how many characters of a session's own, random key its name ends, in whatever keeps it.
_KEY_CHARS = 32


def held(_request):
    """Of each session in which somebody is signed in: who, and what the register calls it."""
    contents = [one.load() for one in _stores()]
    signed_in = [one for one in contents if SESSION_KEY in one]
    told = [{"user": one[SESSION_KEY], "handle": one.get("relyant", {}).get("handle")} for one in signed_in]
    return JsonResponse({"sessions": told})


def forget(_request):
    """Delete all of them."""
    for one in _stores():
        one.delete()
    return HttpResponse()


def _stores():
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return [store(name[-_KEY_CHARS:]) for name in sorted(_names())]


def _names():
    engine = settings.SESSION_ENGINE.rpartition(".")[2]
    names = set(os.listdir(settings.SESSION_FILE_PATH))
    if engine in ("db", "cached_db"):
        names |= set(Session.objects.values_list("session_key", flat=True))
    if engine in ("cache", "cached_db"):
        names |= {name.decode() for name in cache._cache.get_client().scan_iter("*django.contrib.sessions*")}
    return names
