"""The terminal in which pages are carried out fails where a command fails, or never ends."""

from __future__ import annotations

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
    terminal.leave_running("echo $$; sleep 300")
    terminal.close()
    assert terminal._shell.poll() is not None


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(pages.DOCS).as_posix() for path in pages.DOCS.glob("how-to/*.md"))
)
def test_no_code_of_a_page_escapes_the_reader(page):
    """Every fence is a block that the tests know: one of another form would be carried out by nobody."""
    fences = pages.read(page).count("```")
    assert fences == 2 * len(pages.blocks(page))
