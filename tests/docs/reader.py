"""Carries out a page as a reader does: types its commands, writes its files, expects what it promises."""

from __future__ import annotations

import os
import re
import time
from collections import defaultdict

from keycloak import free_port
from tests.docs import pages
from tests.docs.terminal import Terminal
from tests.keycloak.browser import Browser
from tests.keycloak.visitor import Visitor

COMMAND_SECONDS = 600
START_SECONDS = 240
# What a caption of a command says when it goes to another terminal than the last one, and stays there.
_TERMINAL = re.compile(r"In (?:a|the) (\w+) terminal")
_STAYS = ", which it keeps"
# What the shell of a developer has and a reader's hasn't.
NOT_INHERITED = ("DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "PYTHONHOME")


def with_free_ports():
    """A free port for the site, one for the provider, and the changes that put them in the place of a page's."""
    site, provider = free_port(), free_port()
    changes = {":8000": f":{site}", "runserver 8000": f"runserver {site}", ":8180": f":{provider}"}
    return site, provider, changes


def environment(programs, **own):
    """That of a reader whose programs, `python` among them, are those of one folder."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    # The servers are on loopback, whatever proxy the environment names; they tell at once what they do.
    loopback = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "PYTHONUNBUFFERED": "1"}
    return {**kept, **loopback, "PATH": f"{programs}:{kept['PATH']}", **own}


class Reader:
    """Somebody with a folder, terminals and a browser.

    `folder` is where terminals open, `project` where files are written. `changes` are the page's words that can't
    be carried out as they are, with ours: ports that other programs may listen on.
    """

    def __init__(self, folder, project, environment, changes):
        self.folder = folder
        self.project = project
        self.changes = changes
        self.seconds = defaultdict(float)
        self._environment = environment
        self._terminals = {}
        self._last = None

    def change(self, text):
        """The page's words with ours in their place."""
        for words, ours in self.changes.items():
            text = text.replace(words, ours)
        return text

    def follow(self, block):
        """Do what one block says."""
        begin = time.monotonic()
        if block.language == "bash":
            self._type(block)
        elif block.caption == "It says":
            self._expect(block)
        else:
            assert block.file, f"{block}: nobody can tell what to do with this block"
            pages.write(block, self.project, self.change)
        self.seconds[str(block)] += time.monotonic() - begin

    def terminal(self, name="first"):
        """A terminal, opened at its first use."""
        if name not in self._terminals:
            log = self.folder.parent / f"terminal-{len(self._terminals)}.log"
            self._terminals[name] = Terminal(log, self.folder, self._environment)
        return self._terminals[name]

    def wait_for_the_site(self, *, reloaded=False):
        """Wait until `runserver` listens in the first terminal, or does so again after a change."""
        terminal, begin = self.terminal(), 0
        if reloaded:
            terminal.wait_for("changed, reloading", seconds=START_SECONDS)
            begin = terminal.output().index("changed, reloading")
        terminal.wait_for("Quit the server", seconds=START_SECONDS, begin=begin)

    def visitor(self, base_url):
        """A new visitor of the site."""
        return Visitor(Browser(), base_url)

    def close(self):
        for terminal in self._terminals.values():
            terminal.close()

    def _type(self, block):
        named = _TERMINAL.match(block.caption)
        self._last = self.terminal(named[1] if named else "first")
        self._begin = len(self._last.output())
        if block.caption.endswith(_STAYS):
            self._last.leave_running(self.change(block.text))
        else:
            self._last.run(self.change(block.text), seconds=COMMAND_SECONDS)

    def _expect(self, block):
        for line in self.change(block.text).splitlines():
            self._last.wait_for(line, seconds=START_SECONDS, begin=self._begin)
