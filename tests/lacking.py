"""What a test does where the machine lacks something: it is skipped and says so; in CI it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 300


def skip_or_fail(why):
    """End this test. A green CI means that nothing was left out."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


def assert_nothing_is_claimed(file, why, **environment):
    """Run a file of tests where something is missing: it fails in CI, is skipped loudly elsewhere, and passes nowhere."""
    for ci, code, outcome in (
        ({"CI": "true"}, pytest.ExitCode.TESTS_FAILED, "ERROR"),
        ({}, pytest.ExitCode.OK, "SKIPPED"),
    ):
        kept = {name: value for name, value in os.environ.items() if name != "CI"}
        answer = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file],
            cwd=ROOT,
            env={**kept, **ci, **environment},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert answer.returncode == code, answer.stdout
        assert outcome in answer.stdout
        assert why in answer.stdout
        assert "passed" not in answer.stdout
