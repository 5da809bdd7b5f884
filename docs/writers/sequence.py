"""Draws recorded arrows as a sequence diagram: an SVG without a script, in the colours of its page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from writers.login_trace import Arrow

_LANE = 100
_ROW = 34
_TOP = 60
_MARGIN = 60
_HEAD = 7

# The page's own colours; where there are none, those of the reader's light or dark system.
_STYLE = """
.login-diagram {
  --ink: var(--color-foreground-primary, #222);
  --faint: var(--color-foreground-border, #999);
  --paper: var(--color-background-primary, #fff);
  --accent: var(--color-brand-content, #06c);
  max-width: 100%; height: auto; font: 14px system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  .login-diagram {
    --ink: var(--color-foreground-primary, #eee);
    --faint: var(--color-foreground-border, #777);
    --paper: var(--color-background-primary, #111);
    --accent: var(--color-brand-content, #8bf);
  }
}
.login-diagram text { fill: var(--ink); text-anchor: middle; }
.login-diagram .label { paint-order: stroke; stroke: var(--paper); stroke-width: 5px; }
.login-diagram .room { font-weight: 600; }
.login-diagram .life { stroke: var(--faint); stroke-dasharray: 3 5; }
.login-diagram .call { stroke: var(--ink); stroke-width: 1.5; }
.login-diagram .wire { stroke: var(--accent); stroke-width: 2; }
.login-diagram .call-head { fill: var(--ink); }
.login-diagram .wire-head { fill: var(--accent); }
"""


def svg(arrows: Sequence[Arrow], rooms: Sequence[str], wires: frozenset[str], title: str) -> str:
    """The whole picture. An arrow from or to one of `wires` goes over the network, and looks so."""
    width, height = 2 * _MARGIN + _LANE * (len(rooms) - 1), _TOP + _ROW * (len(arrows) + 1)
    told = "; ".join(f"{one.source} to {one.target}: {one.label}" for one in arrows)
    return "\n".join(
        [
            f'<svg class="login-diagram" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
            f'  width="{width}" height="{height}" role="img" aria-labelledby="login-title login-told">',
            f'<title id="login-title">{escape(title)}</title>',
            f'<desc id="login-told">{escape(told)}</desc>',
            f"<style>{_STYLE}</style>",
            *_lanes(rooms, height),
            *(line for row, arrow in enumerate(arrows) for line in _arrow(row, arrow, rooms, wires)),
            "</svg>",
            "",
        ]
    )


def _lanes(rooms: Sequence[str], height: int) -> Iterator[str]:
    for room in rooms:
        x = _x(rooms, room)
        yield f'<text class="room" x="{x}" y="24">{escape(room)}</text>'
        yield f'<line class="life" x1="{x}" y1="36" x2="{x}" y2="{height}"/>'


def _arrow(row: int, arrow: Arrow, rooms: Sequence[str], wires: frozenset[str]) -> Iterator[str]:
    start, end, y = _x(rooms, arrow.source), _x(rooms, arrow.target), _TOP + _ROW * (row + 1)
    back = -_HEAD if end > start else _HEAD
    look = "wire" if wires & {arrow.source, arrow.target} else "call"
    yield f'<line class="{look}" x1="{start}" y1="{y}" x2="{end + back}" y2="{y}"/>'
    yield f'<path class="{look}-head" d="M{end} {y}l{back} -4v8z"/>'
    yield f'<text class="label" x="{(start + end) // 2}" y="{y - 7}">{escape(arrow.label)}</text>'


def _x(rooms: Sequence[str], room: str) -> int:
    return _MARGIN + _LANE * rooms.index(room)
