"""The walls inside the Django app, read from its syntax trees."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.walls.repository import PACKAGE, room

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
NAMES = [path.relative_to(PACKAGE).as_posix() for path in MODULES]


def tree(path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path) -> set[str]:
    """Every module and every `module.name` that a file imports, at any depth."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def attributes(path) -> set[str]:
    return {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def outside(*rooms: str):
    return [path for path, name in zip(MODULES, NAMES, strict=True) if name not in rooms]


def test_there_is_something_to_check():
    assert {"conf.py", "provisioning.py", "transactions.py", "sessions.py"} <= set(NAMES)


def test_only_conf_reads_settings():
    for path in outside("conf.py"):
        read = imports(path) & {"django.conf", "django.conf.settings"}
        assert not read, f"{room(path)} reads settings: conf.py does"


def test_only_transactions_touches_cookies():
    for path in outside("transactions.py"):
        touched = attributes(path) & {
            "COOKIES",
            "set_cookie",
            "delete_cookie",
            "set_signed_cookie",
            "cookies",
        }
        if path.name == "testing.py":
            touched -= {"cookies"}
        assert not touched, f"{room(path)} touches cookies ({touched}): transactions.py does"


def test_only_sessions_touches_session_keys():
    for path in outside("sessions.py"):
        assert "session" not in attributes(path), f"{room(path)} touches the session: sessions.py does"


def test_only_provisioning_and_groups_write_users_and_groups():
    """Nobody else can even name the models, but for reading: the checks. `memberships` is provisioning's hand."""
    for path in outside("provisioning.py", "groups.py", "checks.py"):
        named = imports(path) & {
            "django.contrib.auth.models.Group",
            "django.contrib.auth.models.User",
            "django.contrib.auth.models.Permission",
            "django.contrib.auth.get_user_model",
        }
        assert not named, f"{room(path)} names {named}: provisioning.py writes users and groups"


def test_only_provisioning_writes_memberships():
    for path in outside("provisioning.py"):
        assert "relyant.memberships" not in imports(path), (
            f"{room(path)} writes memberships: provisioning.py does"
        )


def test_python_parses_no_token_and_opens_no_connection():
    forbidden = {
        "jwt",
        "jose",
        "joserfc",
        "authlib",
        "cryptography",
        "requests",
        "httpx",
        "urllib3",
        "base64",
        "hmac",
    }
    for path in outside("testing.py"):
        found = {name.split(".")[0] for name in imports(path)} & forbidden
        found |= {name for name in imports(path) if name.startswith(("http.client", "urllib.request"))}
        assert not found, f"{room(path)} imports {found}"


def test_importing_relyant_pulls_in_no_http_or_crypto_package():
    code = "import sys, relyant, relyant._core; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = {name.split(".")[0] for name in answer.stdout.split()}
    assert "relyant" in loaded
    assert not loaded & {"http", "urllib3", "requests", "httpx", "cryptography", "jwt", "ssl", "django"}


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_file_says_its_one_job_first(path):
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{room(path)} has no header"
