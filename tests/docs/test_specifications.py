"""The index of specifications: what the code cites is in it, what it lists is cited and held by a test."""

from __future__ import annotations

import sys

import pytest

from tests.walls.repository import ROOT

sys.path.insert(0, str(ROOT / "docs"))

from writers import citations, specifications  # noqa: E402
from writers.citations import Citation, CitingTest  # noqa: E402


@pytest.fixture(scope="module")
def listed():
    """Each section of the index."""
    return {
        Citation(one["cite"], section)
        for one in specifications.specifications()
        for section in one["sections"]
    }


def test_each_section_that_the_code_cites_is_listed(listed):
    """A rule that is enforced without standing in the index would be found by nobody."""
    assert sorted(set(specifications.cited()) - listed) == []


def test_each_section_that_is_listed_is_cited_by_the_code(listed):
    """A line of the index without code behind it would be a claim."""
    assert sorted(listed - set(specifications.cited())) == []


def test_each_section_that_is_listed_is_held_by_a_test(listed):
    """And one without a test would be a hope."""
    tests = specifications.held()
    assert [one for one in sorted(listed) if not specifications.tests_of(one, tests)] == []


def test_what_is_left_out_says_why():
    """In a sentence."""
    for one in specifications.specifications():
        for section, why in one.get("left_out", {}).items():
            assert why.endswith("."), f"{one['cite']} §{section}"


def test_citations_are_found_however_they_are_wrapped():
    """Lists, ranges, appendices, sections without a name, and a name that is one of the next line's."""
    code = """
//! The head. RFC 7515 §4.

/// Core §3.1.2.5\u20137, RFC 6749 §4.1.2
/// and §5.2; RFC 6749 Appendix B.
fn check() {
    verify(token)?; // RFC 8725 §3.8: not another's.
    // §5.1: the file's own.
    let text = "RFC 1 §1";
}
"""
    assert citations.in_code(code) == {
        *(Citation("Core", f"3.1.2.{part}") for part in (5, 6, 7)),
        *(Citation("RFC 6749", section) for section in ("4.1.2", "5.2", "B")),
        *(Citation("RFC 7515", section) for section in ("4", "5.1")),
        Citation("RFC 8725", "3.8"),
    }


def test_a_test_is_found_by_the_comment_above_it_and_inside_of_it():
    """The head of a file of tests stands for all of them."""
    text = """//! RFC 7009: the revocation of tokens.

// RFC 6749 §5.2: the error.
#[test]
fn one() {
    // RFC 6749 §5.1
    assert!(true);
}

// RFC 6749 §6: no test.
fn helper() {}
"""
    file = "crates/relyant-oidc/tests/specification/revocation.rs"
    assert citations.in_rust_tests(file, text) == {
        Citation("RFC 7009", ""): {CitingTest(file)},
        Citation("RFC 6749", "5.2"): {CitingTest(file, "one")},
        Citation("RFC 6749", "5.1"): {CitingTest(file, "one")},
    }
