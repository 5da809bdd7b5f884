"""Without a browser nothing is claimed: these tests skip loudly, and fail in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120


@pytest.mark.parametrize(
    ("ci", "code", "outcome"),
    [({"CI": "true"}, pytest.ExitCode.TESTS_FAILED, "ERROR"), ({}, pytest.ExitCode.OK, "SKIPPED")],
)
def test_without_a_browser_these_tests_fail_in_ci_and_are_skipped_loudly_elsewhere(
    tmp_path, ci, code, outcome
):
    """A green CI means that a real browser was asked."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    some = f"{Path(__file__).parent}/test_plain.py"
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", some],
        cwd=ROOT,
        env={**environment, **ci, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert answer.returncode == code, answer.stdout
    assert outcome in answer.stdout
    assert "no real browser was tested: chromium is missing" in answer.stdout
    assert "passed" not in answer.stdout
