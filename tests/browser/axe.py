"""axe-core in a page: the accessibility faults that it finds there, in words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

SCRIPT = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")


@lru_cache(maxsize=1)
def script():
    return SCRIPT.read_text()


def grave_faults(page, within="html"):
    """The serious and critical faults of a page as it looks now, each with the elements that have it."""
    # Evaluated by the browser's own debugger: the page's content security policy stays in force.
    page.evaluate(script())
    # A theme's own style sheets import others, which only axe-core itself would ask for again.
    options = {"resultTypes": ["violations"], "preload": within == "html"}
    found = page.evaluate("([part, options]) => axe.run(part, options)", [within, options])
    assert found["passes"], "axe-core found nothing to check"
    return [
        f"{fault['impact']}: {fault['help']} ({fault['id']}): {node['html']}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]
