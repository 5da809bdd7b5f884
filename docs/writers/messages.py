"""The operator's message of each error code, as the code that raises it writes it, its fields left open."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROOT = Path(__file__).resolve().parents[2]
# How the package makes a refusal: by its class, or inside of it.
_MAKERS = ("Refusal", "cls", "super().__init__")
_KIND = re.compile(r'\b\w+ as "(\w+)";')
_CHECK = re.compile(r'"(\w+)",\s+"((?:[^"\\]|\\.)*)";', re.DOTALL)
# Where Rust goes on in the next line.
_CONTINUED = re.compile(r"\\\n\s*")


def patterns() -> dict[str, list[str]]:
    """Each code with the messages that go with it."""
    found: dict[str, list[str]] = defaultdict(list)
    for code, message in [*_of_the_core(), *_of_the_policy(), *_of_the_django_side()]:
        if message and message not in found[code]:
            found[code].append(message)
    return found


def _of_the_core() -> Iterator[tuple[str, str]]:
    """The declarations below `crates/relyant-oidc/src/error`: a code and a message each."""
    for path in sorted((_ROOT / "crates/relyant-oidc/src/error").glob("*.rs")):
        text = path.read_text()
        kind = _KIND.search(text)
        for code, message in _CHECK.findall(text) if kind else ():
            yield f"{kind[1]}.{code}", _open_fields(_CONTINUED.sub("", message).replace('\\"', '"'))


def _of_the_policy() -> Iterator[tuple[str, str]]:
    """What policies really answer to claims that they refuse; the role and the path in it are left open."""
    from relyant import _core

    overage = {"_claim_names": {"groups": "elsewhere"}}
    many = {"groups": [f"role {number}" for number in range(10_000)]}
    nobody, admins, careful = {"ALLOW": []}, {"ALLOW": ["admins"]}, {"ON_MISSING_ROLES": "refuse"}
    for keys, claims in ((nobody, {}), (admins, {}), (admins, overage), (admins, many), (careful, {})):
        policy = _core.Policy(json.dumps({**keys, "ROLES": ["groups"]}), preset="generic", client_id="beer")
        decision = policy.evaluate_claims(json.dumps([["id_token", claims]]))
        message = re.sub("`(admins|groups)`", "`…`", decision.refusal_message or "")
        yield decision.refusal_code or "", message


def _of_the_django_side() -> Iterator[tuple[str, str]]:
    """Every refusal that the package makes with a code and a message written out, or under a name."""
    for path in sorted((_ROOT / "python/relyant").rglob("*.py")):
        names: dict[str, ast.expr] = {}
        for node in _in_order(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                names[node.targets[0].id] = node.value
            if isinstance(node, ast.Call) and ast.unparse(node.func) in _MAKERS:
                yield from _refusal(node, names)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, as they are read: what a name stands for is the last thing said of it."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _refusal(call: ast.Call, names: Mapping[str, ast.expr]) -> Iterator[tuple[str, str]]:
    given = [names.get(one.id, one) if isinstance(one, ast.Name) else one for one in call.args[:2]]
    code, message = [*given, *[None] * 2][:2]
    if isinstance(code, ast.Constant) and "." in str(code.value):
        yield str(code.value), _literal(message)


def _literal(message: ast.expr | None) -> str:
    """A literal text; the values of an f-string are left open. Empty for what is computed."""
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in message.values)
    return ""


def _open_fields(message: str) -> str:
    return re.sub(r"\{[^}]*\}", "…", message)
