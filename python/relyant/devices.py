"""What a browser says of itself, in words that its owner knows it by: "Firefox on Linux".

Anybody may send any `User-Agent`: it helps somebody to find her own, and proves nothing. What isn't known is
said to be unknown; nothing is guessed from versions or screens.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

# In this order: nearly all say that they are Mozilla, Chrome's relatives say Chrome, and that says Safari.
_BROWSERS = (
    (re.compile(r"\bEdg(e|A|iOS)?/"), "Edge"),
    (re.compile(r"\b(OPR|Opera|OPiOS)/"), "Opera"),
    (re.compile(r"\bVivaldi/"), "Vivaldi"),
    (re.compile(r"\bSamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"\b(Firefox|FxiOS)/"), "Firefox"),
    (re.compile(r"\bChromium/"), "Chromium"),
    (re.compile(r"\b(Chrome|CriOS|HeadlessChrome)/"), "Chrome"),
    (re.compile(r"\bVersion/[\d.]+ .*\bSafari/"), "Safari"),
)
_SYSTEMS = (
    (re.compile(r"\biPhone\b"), "iPhone"),
    (re.compile(r"\biPad\b"), "iPad"),
    (re.compile(r"\bAndroid\b"), "Android"),
    (re.compile(r"\bCrOS\b"), "ChromeOS"),
    (re.compile(r"\bWindows\b"), "Windows"),
    (re.compile(r"\b(Macintosh|Mac OS X)\b"), "macOS"),
    (re.compile(r"\bLinux\b"), "Linux"),
)
# What no browser is, such as a script, says what it is first.
_PRODUCT = re.compile(r"([A-Za-z][\w.+-]{0,39})(/|$)")


def in_words(user_agent: str) -> str:
    """Name the browser, and what it runs on."""
    browser, system = _first(_BROWSERS, user_agent) or _product(user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    if system:
        return _("an unknown browser on %(system)s") % {"system": system}
    return browser or _("an unknown browser")


def _first(known: tuple[tuple[re.Pattern[str], str], ...], user_agent: str) -> str:
    return next((name for pattern, name in known if pattern.search(user_agent)), "")


def _product(user_agent: str) -> str:
    found = _PRODUCT.match(user_agent)
    return found[1] if found and found[1] != "Mozilla" else ""
