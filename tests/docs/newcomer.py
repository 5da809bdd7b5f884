"""A reader of the tutorial: a folder with the two wheels in it, and nothing installed."""

from __future__ import annotations

import os
import shutil
import sys

from tests.docs import pages
from tests.docs.reader import Reader, environment, with_free_ports

WHEELS = pages.ROOT / "dist" / "demo"
RIGHTS = ("view", "add", "change", "delete")


class Newcomer(Reader):
    """Follows the tutorial; the ports of the site and of the provider are free ones."""

    def __init__(self, folder, **own):
        wheels, programs = folder / "here" / "wheels", folder / "programs"
        wheels.mkdir(parents=True)
        programs.mkdir()
        for wheel in WHEELS.glob("*.whl"):
            shutil.copy2(wheel, wheels)
        assert len(list(wheels.iterdir())) == 2, f"`make setup` builds both wheels into {WHEELS}"
        (programs / "python3").symlink_to(os.path.realpath(sys.executable))
        site, _, changes = with_free_ports()
        # The wheels are tested, not the source folder.
        clean = {**environment(programs), "PYTHONPATH": "", **own}
        super().__init__(wheels.parent, wheels.parent / "brewery", clean, changes)
        self.base_url = f"http://127.0.0.1:{site}"

    def visitor(self):
        """A new visitor of the site, which answers by now."""
        self.wait_for_the_site()
        return super().visitor(self.base_url)

    def report(self, page):
        """How long the commands took, for whoever reads the run."""
        lines = [f"{seconds:7.1f} s  {block}" for block, seconds in self.seconds.items()]
        return "\n".join(["", f"{page}: {sum(self.seconds.values()):.0f} s of commands", *lines])


def may(visitor):
    """What the admin really lets somebody do with beers, as the tutorial's tables write it."""
    rights = visitor.rights()
    return ", ".join(one for one in RIGHTS if one in rights) or "nothing"
