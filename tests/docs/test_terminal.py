"""The terminal in which pages are carried out fails where a command fails, or never ends."""

from __future__ import annotations

import os
import select

import pytest

from tests.docs import pages
from tests.docs.reader import environment
from tests.docs.terminal import CommandFailed, Terminal


@pytest.fixture
def terminal(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    one = Terminal(tmp_path / "log", folder, environment("/usr/bin"))
    yield one
    one.close()


def test_it_keeps_its_folder_and_its_variables(terminal):
    terminal.run("mkdir inside && cd inside && STYLE=stout", seconds=30)
    assert "inside stout" in terminal.run('echo "$(basename "$PWD") $STYLE"', seconds=30)


def test_a_command_that_fails_is_told_with_its_words(terminal):
    with pytest.raises(CommandFailed, match="no such beer"):
        terminal.run("echo no such beer; false; echo never", seconds=30)


def test_a_command_that_does_not_end_is_told(terminal):
    with pytest.raises(CommandFailed, match="within 0.2 s"):
        terminal.run("sleep 30", seconds=0.2)


def test_what_it_leaves_running_ends_with_it(tmp_path, terminal):
    pipe = tmp_path / "held-open-while-it-runs"
    os.mkfifo(pipe)
    terminal.leave_running(f"sleep 300 >{pipe} &")
    with pipe.open("rb") as end:
        assert not is_closed(end, seconds=0)
        terminal.close()
        assert is_closed(end, seconds=30)


def is_closed(end, seconds):
    """Whether nobody holds the other end of a pipe any more, or lets go of it in this time."""
    return bool(select.select([end], [], [], seconds)[0])


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(pages.DOCS).as_posix() for path in pages.DOCS.glob("how-to/*.md"))
)
def test_no_code_of_a_page_escapes_the_reader(page):
    """Every fence is a block that the tests know: one of another form would be carried out by nobody."""
    fences = pages.read(page).count("```")
    assert fences == 2 * len(pages.blocks(page))
