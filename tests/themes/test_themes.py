"""Each theme in the version that supports this Django: a run of its own, since apps are loaded once a process.

The versions are pinned in `requirements-themes*.txt`, one file a Django. `RELYANT_THEMES=required`, which the matrix
sets, makes a theme that isn't installed a failure.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "unfold": "django-unfold",
    "jazzmin": "django-jazzmin",
    "grappelli": "django-grappelli",
    "otp": "django-otp",
}
MODULES = {"otp": "django_otp"}


def run(theme):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.themes.settings",
        "RELYANT_TEST_THEME": theme,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    # No migrations: the tables are made at once. A theme's own deprecations are its makers' to mend.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nomigrations"]
    return subprocess.run(
        [*command, "-o", "filterwarnings=default", "tests/themes"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("theme", ["stock", *PACKAGES])
def test_the_suite_of_a_theme_passes(theme):
    module = MODULES.get(theme, theme)
    if theme in PACKAGES and importlib.util.find_spec(module) is None:
        if os.environ.get("RELYANT_THEMES") == "required":
            pytest.fail(
                f"{PACKAGES[theme]} is not installed: the requirements-themes file of this Django pins it"
            )
        pytest.skip(f"{PACKAGES[theme]} is not installed here; `make test-matrix` has it on every Django")
    done = run(theme)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and "skipped" not in done.stdout
