"""A blank Django project as a newcomer has it after the README's quick start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
CLIENT_SECRET = "beer-secret"
MODEL = """\
from django.db import models


class Beer(models.Model):
    name = models.CharField(max_length=80)
    style = models.CharField(max_length=20, default="stout")
    strength = models.DecimalField(max_digits=3, decimal_places=1, default=5)
"""
ADMIN = """\
from django.contrib import admin

from beers.models import Beer

admin.site.register(Beer)
"""


def quick_start(part):
    """One code block of the README's quick start."""
    block = re.search(rf"<!-- quick start: {part} -->\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    return block.group(1)


class BlankProject:
    """What `startproject` and `startapp` make, a model of its own, and the README's blocks at the end of the files.

    Only the issuer's address is another one. `python` is the interpreter whose Django makes it, `environment` what
    its processes find; they get the client's secret besides.
    """

    def __init__(self, folder, *, issuer, python=sys.executable, environment=os.environ):
        self.python = str(python)
        self.environment = {**environment, "BEER_CLIENT_SECRET": CLIENT_SECRET}
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.folder = folder
        self._run("-m", "django", "startproject", "brewery", ".")
        self.manage("startapp", "beers")
        (folder / "beers" / "models.py").write_text(MODEL)
        (folder / "beers" / "admin.py").write_text(ADMIN)
        settings, addressed = re.subn(r'("ISSUER": )".*?"', rf'\1"{issuer}"', quick_start("settings"))
        assert addressed == 1
        append(folder / "brewery" / "settings.py", 'INSTALLED_APPS += ["beers"]\n' + settings)
        append(folder / "brewery" / "urls.py", quick_start("urls"))
        self.manage("makemigrations", "--verbosity", "0", "beers")

    @property
    def manage_file(self):
        return self.folder / "manage.py"

    def manage(self, *arguments):
        """Run `manage.py`, which has to succeed."""
        self._run("manage.py", *arguments)

    def _run(self, *arguments):
        command = [self.python, *arguments]
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True, timeout=60)


def append(file, text):
    file.write_text(f"{file.read_text()}\n{text}")
