"""Each page in each look: no grave accessibility fault, nothing cut off or to be scrolled sideways."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import axe
from tests.browser.gallery import PAGES

SCREENSHOTS = Path(__file__).with_name("screenshots")
WIDE = {"width": 1280, "height": 800}
# A telephone; and WCAG 1.4.10: 1280 pixels at a zoom of 400 %.
NARROW, ZOOMED = {"width": 360, "height": 740}, {"width": 320, "height": 256}
LOOKS = {
    "light": (WIDE, "light"),
    "dark": (WIDE, "dark"),
    "narrow-light": (NARROW, "light"),
    "narrow-dark": (NARROW, "dark"),
}


@pytest.mark.parametrize("lead", PAGES, ids=lambda lead: lead.__name__.replace("_", "-"))
def test_everybody_can_read_and_use_the_page(request, visit, provider, lead):
    page = lead(visit, provider).page
    SCREENSHOTS.mkdir(exist_ok=True)
    for look, (size, scheme) in LOOKS.items():
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=SCREENSHOTS / f"{request.node.callspec.id}-{look}.png", full_page=True)
        assert axe.grave_faults(page) == [], look
        assert overhang(page) == 0, look
    page.set_viewport_size(ZOOMED)
    assert overhang(page) == 0, "zoomed"
    page.set_viewport_size(NARROW)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.screenshot(path=SCREENSHOTS / f"{request.node.callspec.id}-large-text.png", full_page=True)
    assert overhang(page) == 0, "narrow, with text of double size"


def overhang(page):
    """By how many pixels the page is wider than what the visitor sees of it."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
