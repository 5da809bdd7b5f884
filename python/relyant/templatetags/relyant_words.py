"""The policy's own words in HTML: a name, which stands in backticks there, is marked as one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

_NAME = re.compile(r"`([^`]*)`")


@register.filter
def marked(words: str) -> SafeString:
    """Mark the names in words, and escape all of them."""
    # What stands at each second place was in backticks.
    parts = enumerate(_NAME.split(str(words)))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if place % 2 else part,) for place, part in parts)
    )
