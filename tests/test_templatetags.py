"""Words of the policy in HTML: names are marked, and nothing in them is markup."""

from __future__ import annotations

import pytest

from relyant.templatetags.relyant_words import marked


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("", ""),
        ("nobody", "nobody"),
        ("the role `admins`", "the role <code>admins</code>"),
        ("`a` or `<b>`", "<code>a</code> or <code>&lt;b&gt;</code>"),
        ("<i>`&`</i>", "&lt;i&gt;<code>&amp;</code>&lt;/i&gt;"),
        # What was cut in the middle of a name.
        ("the role `a` and `cut…", "the role <code>a</code> and `cut…"),
        ("``", "<code></code>"),
    ],
)
def test_what_is_in_backticks_is_a_name(words, html):
    assert marked(words) == html
