"""Lets a worker kill itself in the middle of a request: at the n-th step of the code that keeps state.

A test writes its order into a file. The next request that it fits takes the order away, and counts each call and return
of functions that read or write what stays: Relyant's own, Django's databases, caches and sessions. What the operating
system does to a process by `kill -9` happens at the step whose number was drawn. A request that ends before that leaves
the number of its steps instead.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import django.contrib.sessions
import django.core.cache
import django.db.backends

import relyant
from tests.nodes.site.settings import GIVEN

ORDERS = Path(GIVEN["orders"])
_WATCHED = tuple(
    str(Path(module.__file__).parent)
    for module in (relyant, django.db.backends, django.core.cache, django.contrib.sessions)
)


class Middleware:
    """Goes first, so that all that a request does is under way."""

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        order = _taken(request)
        if order is None:
            return self._get_response(request)
        steps = _Steps(order["step"])
        sys.setprofile(steps)
        try:
            return self._get_response(request)
        finally:
            sys.setprofile(None)
            (ORDERS / "counted").write_text(str(steps.number))


class _Steps:
    """A profiler that counts, and ends the process at one step."""

    def __init__(self, last):
        self._last = last
        self.number = 0

    def __call__(self, frame, event, _argument):
        if not frame.f_code.co_filename.startswith(_WATCHED):
            return
        self.number += 1
        if self.number == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def _taken(request):
    """The order for this request, which no other one gets."""
    file = ORDERS / "order"
    try:
        order = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    if (request.method, True) != (order["method"], request.path.startswith(order["path"])):
        return None
    with suppress(FileNotFoundError):
        file.rename(ORDERS / f"taken-{os.getpid()}")
        return order
    return None
