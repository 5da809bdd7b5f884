"""The project's own callables, which settings name by a dotted path: found, and held to what they take."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable


def find(path: str, *given: str) -> Callable[..., Any]:
    """Import a callable that takes these arguments, by place. It is called in a thread, without await.

    Raises ImportError where there is none, TypeError where it can't be called so.
    """
    found: Callable[..., Any] = import_string(path)
    if not callable(found):
        raise TypeError("it can't be called")
    if inspect.iscoroutinefunction(found):
        raise TypeError("it is a coroutine function, and nobody awaits it")
    try:
        signature = inspect.signature(found)
    except ValueError:
        return found  # written in C, and doesn't say what it takes
    try:
        signature.bind(*given)
    except TypeError as error:
        raise TypeError(f"it must take ({', '.join(given)})") from error
    return found
