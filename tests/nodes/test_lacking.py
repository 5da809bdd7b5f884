"""Where something is missing, nothing is claimed."""

from __future__ import annotations

from tests.lacking import assert_nothing_is_claimed


def test_without_redis_the_nodes_are_not_claimed_to_be_tested(tmp_path):
    file, why = "tests/nodes/test_logins.py", "no nodes were tested: redis-server is missing"
    assert_nothing_is_claimed(file, why, PATH=str(tmp_path))
