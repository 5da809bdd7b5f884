"""Without a browser nothing is claimed: these tests skip loudly, and fail in CI."""

from __future__ import annotations

from pathlib import Path

from tests.lacking import assert_nothing_is_claimed


def test_without_a_browser_these_tests_fail_in_ci_and_are_skipped_loudly_elsewhere(tmp_path):
    """A green CI means that a real browser was asked."""
    some = Path(__file__).with_name("test_plain.py")
    assert_nothing_is_claimed(some, "no real browser was tested: chromium is missing", PATH=str(tmp_path))
