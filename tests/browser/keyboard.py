"""Hands on the keyboard of a visitor, who sees where she is."""

from __future__ import annotations

MOST_TABS = 60
# What a browser or a style sheet does to show where the focus is.
SHOWN = """element => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)
        || style.boxShadow !== 'none' || style.textDecorationLine === 'underline';
    return marked && box.width > 0 && box.height > 0;
}"""
NAME = "element => (element.innerText || element.value || element.name || '').trim()"


class Keyboard:
    """Tab and Enter on one page; each stop on the way must be seen."""

    def __init__(self, page):
        self._page = page

    def go_to(self, text):
        """Press Tab until the focus is on what has this text, in capitals or not."""
        passed = []
        for _ in range(MOST_TABS):
            self._page.keyboard.press("Tab")
            focused = self._page.evaluate_handle("document.activeElement").as_element()
            if focused.evaluate("element => element === document.body"):
                # The end of the page: here the browser's own bar would have its turn.
                continue
            name = focused.evaluate(NAME)
            assert focused.evaluate(SHOWN), f"{name!r} has the focus, and nothing shows it"
            passed.append(name)
            if text.lower() in name.lower():
                return
        raise AssertionError(f"no Tab leads to {text!r}: {passed}")

    def enter(self, text):
        """Go there and press Enter; then wait for the page that comes."""
        self.go_to(text)
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")
