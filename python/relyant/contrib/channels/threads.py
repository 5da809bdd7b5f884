"""Work for a thread of its own: the loop goes on, and so do others who wait for the thread that all share."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import AsyncToSync, ThreadSensitiveContext, sync_to_async
from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


async def in_own_thread(job: Callable[..., Result], *arguments: Any) -> Result:
    """Do a job that asks the database, and perhaps a provider, as Django does a request: in its own thread.

    Outside of requests all threads that may touch the database are one, and a provider that is slow would
    hold up each consumer. Where the loop runs for a caller that waits for it, as in a test, it is the thread
    of the caller, who may have a transaction open.
    """
    has_caller = asyncio.get_running_loop() in AsyncToSync.loop_thread_executors
    async with nullcontext() if has_caller else ThreadSensitiveContext():
        return await sync_to_async(_closing, thread_sensitive=True)(job, *arguments)


def _closing(job: Callable[..., Result], *arguments: Any) -> Result:
    """The thread is about to end: its connections to databases are closed before."""
    try:
        return job(*arguments)
    finally:
        for database in connections.all():
            if not database.in_atomic_block:
                database.close()
