"""Many who act at one moment."""

from __future__ import annotations

import threading


def at_once(acts):
    """Let all of them act at one moment; what each says, in their order."""
    start, said = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        start.wait()
        said[index] = act()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
