"""A terminal: a shell that keeps its folder and its environment from one command to the next."""

from __future__ import annotations

import os
import subprocess
import time

import process_group

STOP_SECONDS = 10
DONE = "== done"


class CommandFailed(AssertionError):
    """A command of the page failed, or took too long; the message has what it wrote."""


class Terminal:
    """A shell in a folder, with the environment of a person who has just opened it."""

    def __init__(self, log, folder, environment):
        self._log = log.open("w+")
        # A session of its own: what it leaves running ends with it.
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command, *, seconds):
        """Carry out a command to its end; what it wrote comes back."""
        begin = len(self.output())
        self.leave_running(f"{command}\necho '{DONE}'\n")
        return self.wait_for(DONE, seconds=seconds, begin=begin).replace(DONE, "")

    def leave_running(self, command):
        """Begin a command that may never end."""
        # Of its own standard input a command gets nothing: it is where the next commands come from.
        self._shell.stdin.write(f"{{\n{command}\n}} </dev/null\n")
        self._shell.stdin.flush()

    def wait_for(self, words, *, seconds, begin=0):
        """Wait until it has written these words; what it wrote so far comes back."""
        deadline = time.monotonic() + seconds
        while words not in (written := self.output()[begin:]):
            if self._shell.poll() is not None:
                raise CommandFailed(f"a command failed:\n{self.output()[begin:]}")
            if time.monotonic() > deadline:
                raise CommandFailed(f"no `{words}` within {seconds} s:\n{written}")
            time.sleep(0.05)
        return written

    def output(self):
        """Everything that was written so far."""
        return os.pread(self._log.fileno(), 1 << 22, 0).decode(errors="replace")

    def close(self):
        """Stop it, with all that it left running."""
        process_group.stop(self._shell, STOP_SECONDS)
        self._shell.stdin.close()
        self._log.close()
