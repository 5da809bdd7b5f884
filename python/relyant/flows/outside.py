"""Work that is no part of its caller's transaction: it takes seconds, and nobody may roll it back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connections

from relyant.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_Done = TypeVar("_Done")


def of_transactions(act: Callable[[], _Done], *, seconds: float) -> _Done:
    """Do something, and wait for it; where the caller is in a transaction, with connections of its own.

    SQLite has one writer at a time, who would wait for the caller's transaction: there it is part of it. On
    the others it waits so where that transaction has changed a row which it needs, such as the user's; and no
    database can see that. So it has so many seconds, and then the caller is refused, and goes on.
    """
    if not any(_is_in_transaction(one) for one in connections.all()):
        return act()
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="relyant")
    doing = worker.submit(copy_context().run, _and_close, act)
    worker.shutdown(wait=False)
    if not wait([doing], timeout=seconds).done:
        raise Refusal(
            "unavailable.renewal",
            f"nothing came of it in {seconds:.0f} seconds: the transaction that it was asked for in may have "
            "changed the user or the session; ask before",
        )
    return doing.result()


def _and_close(act: Callable[[], _Done]) -> _Done:
    try:
        return act()
    finally:
        connections.close_all()


def _is_in_transaction(connection: Any) -> bool:
    """Whether a view is in a transaction; one that Django's `TestCase` has around a whole test is none."""
    if connection.vendor == "sqlite" or not connection.in_atomic_block:
        return False
    # Django before 4.1 doesn't say whose they are.
    blocks = getattr(connection, "atomic_blocks", None)
    return blocks is None or not all(getattr(block, "_from_testcase", False) for block in blocks)
