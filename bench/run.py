"""Measures Relyant beside its limits and its peers, and prints the ratios.

Every round measures every row once, in the Rust program and here, so that a noisy moment hits all of them. A
ratio is formed within its round; the table has the median of these ratios, where their middle half lies, and
the ratio of the two minima. Absolute times are left out: they say more about the machine than about the code.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from peers import PlainPolicy, pyjwt

from relyant import _core

if TYPE_CHECKING:
    from collections.abc import Callable

# How long one task runs in one round, in seconds; the Rust program does the same.
SLICE = 0.04
ALGORITHMS = ("RS256", "ES256", "EdDSA")


class Core:
    """The Rust program: material first, then a round for each line that it is sent."""

    def __init__(self, program: str) -> None:
        """Start the program and read its material."""
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.material = self._line()

    def round(self) -> dict[str, float]:
        """Return nanoseconds of each task in one more round."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._line()

    def stop(self) -> None:
        """End the program: its input ends."""
        self.process.communicate(timeout=10)

    def _line(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the Rust program ended early, with status {self.process.wait()}")
        return json.loads(line)


def python_tasks(material: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return the rows that are measured here: the peers, and Relyant as Python calls it."""
    tasks: dict[str, Callable[[], object]] = {
        f"pyjwt {token['algorithm']}": pyjwt(token["token"], token["jwk"], token["algorithm"])
        for token in material["tokens"]
    }
    policy = material["policy"]
    sources = json.dumps(policy["sources"])
    ours = _core.Policy(json.dumps(policy["document"]), preset="keycloak", client_id=policy["client_id"])
    plain = PlainPolicy(policy["document"], policy["client_id"])
    check_same_answer(ours.evaluate_claims(sources), plain.evaluate_claims(sources))
    conditional = _core.Policy(
        json.dumps(policy["conditions"]), preset="keycloak", client_id=policy["client_id"]
    )
    plain_conditions = PlainPolicy(policy["conditions"], policy["client_id"])
    check_same_answer(conditional.evaluate_claims(sources), plain_conditions.evaluate_claims(sources))
    tasks["python grants"] = lambda: grants(ours.evaluate_claims(sources))
    tasks["python everything"] = lambda: everything(ours.evaluate_claims(sources))
    tasks["plain policy"] = lambda: plain.evaluate_claims(sources)
    tasks["plain policy of values"] = lambda: plain.evaluate(policy["sources"])
    tasks["plain conditions of values"] = lambda: plain_conditions.evaluate(policy["sources"])
    return tasks


def grants(decision: _core.Decision) -> tuple[Any, ...]:
    """Read what a login writes to the database."""
    return (
        decision.allowed,
        decision.granted_groups,
        decision.managed_groups,
        decision.staff,
        decision.superuser,
    )


def everything(decision: _core.Decision) -> tuple[Any, ...]:
    """Read what an explanation shows: the grants, every role with its place, every reason."""
    return (
        grants(decision),
        [(role.role, role.path, role.source) for role in decision.roles],
        [(reason.effect, reason.granted, reason.because, reason.needs) for reason in decision.reasons],
    )


def check_same_answer(ours: _core.Decision, plain: dict[str, Any]) -> None:
    """Stop where the peer doesn't do the same work."""
    roles = [(role.role, role.path, role.source) for role in ours.roles]
    reasons = [(reason.effect, reason.granted) for reason in ours.reasons]
    same = (
        (ours.granted_groups, ours.staff, ours.superuser)
        == (plain["groups"], plain["staff"], plain["superuser"])
        and roles == [tuple(role.values()) for role in plain["roles"]]
        and reasons == [(reason["effect"], reason["granted"]) for reason in plain["reasons"]]
    )
    if not same:
        sys.exit("Relyant and the plain loop disagree about the policy")


def nanoseconds(work: Callable[[], object]) -> float:
    """Return nanoseconds for one run, over one slice."""
    runs = 0
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < SLICE:
        work()
        runs += 1
    return elapsed * 1e9 / runs


def measure(core: Core, rounds: int) -> list[dict[str, float]]:
    """Run all rounds; the first one warms up and doesn't count."""
    tasks = python_tasks(core.material)
    measured = []
    for number in range(rounds + 1):
        times = core.round()
        order = list(tasks) if number % 2 else list(reversed(tasks))
        times |= {name: nanoseconds(tasks[name]) for name in order}
        measured.append(times)
    return measured[1:]


def rows() -> list[tuple[str, str, str, str]]:
    """Return title, comparison, and what is divided by what."""
    verify = [(f"{name}: verify and read claims", f"relyant {name}", f"aws-lc {name}") for name in ALGORITHMS]
    peer = [(f"{name}: verify and read claims", f"pyjwt {name}", f"relyant {name}") for name in ALGORITHMS]
    return [
        *((title, "times the bare signature check", above, below) for title, above, below in verify),
        *((title, "times quicker than PyJWT", above, below) for title, above, below in peer),
        ("policy, in Rust", "times bare set look-ups", "relyant policy", "bare policy"),
        ("policy, in Rust", "times quicker than a plain loop", "plain policy of values", "relyant policy"),
        (
            "policy of conditions, in Rust",
            "times quicker than a plain loop",
            "plain conditions of values",
            "relyant conditions",
        ),
        ("policy, from Python: grants", "times quicker than a plain loop", "plain policy", "python grants"),
        (
            "policy, from Python: everything",
            "times quicker than a plain loop",
            "plain policy",
            "python everything",
        ),
    ]


def table(measured: list[dict[str, float]]) -> str:
    """Return the ratios as a Markdown table."""
    lines = ["| what | compared | median | of minima | middle half |", "|---|---|---|---|---|"]
    for title, compared, above, below in rows():
        ratios = [times[above] / times[below] for times in measured]
        minima = min(times[above] for times in measured) / min(times[below] for times in measured)
        low, _, high = statistics.quantiles(ratios, n=4)
        spread = f"{low:.2f} … {high:.2f}"
        lines.append(f"| {title} | {compared} | {statistics.median(ratios):.2f} | {minima:.2f} | {spread} |")
    return "\n".join(lines)


def bound(measured: list[dict[str, float]]) -> str:
    """Return the one absolute time: a decision may take 100 µs, and no more."""
    times = {
        name: min(one[name] for one in measured) / 1e3 for name in ("relyant policy", "relyant conditions")
    }
    said = " and ".join(f"{time:.0f} µs ({name.split()[1]})" for name, time in times.items())
    return f"A decision took {said} at best, of the 100 µs that ten rules and a thousand roles may take."


def main() -> None:
    """Run all rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the compiled relyant-bench")
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    core = Core(arguments.program)
    measured = measure(core, arguments.rounds)
    print(f"{table(measured)}\n\n{bound(measured)}")
    core.stop()


if __name__ == "__main__":
    main()
