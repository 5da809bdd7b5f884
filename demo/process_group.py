"""A process that leads a session of its own, and all that it started: signalled and stopped as one."""

from __future__ import annotations

import os
import signal
import subprocess


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal all of them, while the first one runs."""
    if process.poll() is None:
        os.killpg(process.pid, number)


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask them to end, and kill them where they don't in this time; suspended ones are woken for it."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        send(process, end)
        send(process, signal.SIGCONT)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        break
