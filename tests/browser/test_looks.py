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
# Where a style sheet lets colours fade into each other: until they have.
SETTLE = "Promise.all(document.getAnimations().map(animation => animation.finished))"


@pytest.mark.parametrize("lead", PAGES, ids=lambda lead: lead.__name__.replace("_", "-"))
def test_everybody_can_read_and_use_the_page(request, visit, provider, lead):
    visitor = lead(visit, provider)
    page = visitor.page
    SCREENSHOTS.mkdir(exist_ok=True)
    for look, (size, scheme) in LOOKS.items():
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLE)
        page.screenshot(path=SCREENSHOTS / f"{request.node.callspec.id}-{look}.png", full_page=True)
        assert axe.grave_faults(page) == [], look
        assert visitor.overhang() == 0, look
    page.set_viewport_size(ZOOMED)
    assert visitor.overhang() == 0, "zoomed"
    page.set_viewport_size(NARROW)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.screenshot(path=SCREENSHOTS / f"{request.node.callspec.id}-large-text.png", full_page=True)
    assert visitor.overhang() == 0, "narrow, with text of double size"
