"""The client's private keys: what `PRIVATE_KEY` reads, the command that makes them, the address that publishes them."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from relyant import _core, conf, registry
from relyant.flows import keys as keys_flow
from relyant.key_file import KeyFile

ROOT = Path(__file__).resolve().parents[1]
# The key of RFC 8032 §7.1, test 1, and one of P-256 that was made for these tests.
PEM = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""
P256_PEM = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7xcvnOmp7wpSQ2BK
XKbQ5X5goI3jTb4hP4Mnt3eMIe2hRANCAASSqxCvTj0LNQ8+YX5rVbOoJed+/b1s
kecY/zHGDfwZfn6quSybRH/RtIYBasWlolMUNfzFa2OtY9BG++mg8yFR
-----END PRIVATE KEY-----
"""


def run(*arguments):
    """The command's words."""
    out = StringIO()
    call_command("relyant_keys", *map(str, arguments), stdout=out)
    return out.getvalue()


def kids(path):
    return [key["kid"] for key in json.loads(path.read_text())["keys"]]


@pytest.fixture
def file(tmp_path):
    """Where a file of keys is to be."""
    return tmp_path / "keys.json"


@pytest.fixture
def configure(settings):
    """Set a private key for the one provider."""

    def set_key(private_key, **others):
        provider = {
            "ISSUER": "https://sso.example.com",
            "CLIENT_ID": "beer",
            "PRIVATE_KEY": private_key,
            **others,
        }
        settings.RELYANT = {"PROVIDERS": {"keycloak": provider}}

    yield set_key
    keys_flow._public.cache_clear()


@pytest.fixture
def problem(configure):
    """The one thing that is wrong with a private key."""

    def find(private_key, **others):
        configure(private_key, **others)
        with pytest.raises(conf.ConfigurationError) as caught:
            registry.make_relying_party(conf.relyant_settings().providers["keycloak"])
        (found,) = caught.value.problems
        return found

    return find


def test_a_new_file_is_its_owners_alone(file):
    before = os.umask(0)
    told = run("make", file)
    os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ES256  signs" in told
    assert f'"PRIVATE_KEY": "{file}"' in told
    assert list(file.parent.iterdir()) == [file]


def test_a_rotation_leaves_a_file_to_whom_it_belongs(file, tmp_path):
    """A site that runs as another user reads it by its group."""
    run("make", file)
    file.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(file)
    before = file.stat()
    run("rotate", link)
    after = file.stat()
    assert link.is_symlink()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert len(kids(file)) == 2


def test_what_fails_in_the_middle_leaves_the_file_as_it_was(file, monkeypatch):
    run("make", file)
    before = file.read_text()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CommandError, match="can't be written: No space left"):
        run("rotate", file)
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file]


# OP-01
def test_an_interrupt_leaves_no_second_copy_of_the_keys(file, monkeypatch):
    run("make", file)
    before = file.read_text()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run("rotate", file)
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file]


def test_the_file_that_the_settings_name_already_can_be_made(tmp_path):
    """As one types it, in a project whose checks miss the file."""
    file = tmp_path / "keys.json"
    change = f'RELYANT["PROVIDERS"]["keycloak"]["PRIVATE_KEY"] = {str(file)!r}'
    (tmp_path / "changed_settings.py").write_text(f"from tests.project.settings import *\n{change}\n")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "changed_settings"}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(ROOT), *filter(None, sys.path)])

    def type_in(*arguments):
        command = [sys.executable, "-m", "django", *arguments]
        return subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, timeout=60
        )

    assert "the file can't be read" in type_in("check").stderr
    made = type_in("relyant_keys", "make", str(file))
    assert (made.returncode, made.stderr) == (0, "")
    assert "the file can't be read" not in type_in("check").stderr
    again = type_in("relyant_keys", "make", str(file))
    assert again.returncode == 1
    assert again.stderr.startswith(f"CommandError: {file} exists")


def test_no_file_is_overwritten(file):
    run("make", file)
    before = file.read_text()
    with pytest.raises(CommandError, match="exists: `relyant_keys rotate`"):
        run("make", file)
    assert file.read_text() == before


@pytest.mark.parametrize("kind", _core.key_kinds())
def test_each_kind_of_key_is_made_and_rotated(file, kind):
    run("make", file, "--algorithm", kind)
    use = json.loads(file.read_text())["keys"][0]["use"]
    run("rotate", file, "--use", use)
    keys = json.loads(file.read_text())["keys"]
    assert len(keys) == 2
    assert {key["kty"] for key in keys} == {keys[0]["kty"]}
    assert ["exp" in key for key in keys] == [False, True]


def test_a_rotation_keeps_the_former_key_until_it_lapses_and_can_be_undone(file):
    run("make", file)
    (first,) = kids(file)
    told = run("rotate", file, "--keep-days", "2")
    second = kids(file)[0]
    assert kids(file) == [second, first]
    assert "is published, and signs no more, until " in told
    run("remove", file, second)
    assert kids(file) == [first]


def test_a_key_that_the_provider_has_read_already_takes_the_place_of_todays(file):
    run("make", file)
    run("add", file, "--algorithm", "ES256")
    first, second = kids(file)
    told = run("rotate", file, "--to", second)
    assert kids(file) == [second, first]
    assert f"relyant_keys rotate {file} --to {first}" in told
    run("rotate", file, "--to", first)
    assert kids(file) == [first, second]
    assert "exp" not in json.loads(file.read_text())["keys"][0]
    with pytest.raises(CommandError, match="has no key nonsense"):
        run("rotate", file, "--to", "nonsense")


def test_what_has_lapsed_goes_with_the_next_rotation(file):
    run("make", file)
    (first,) = kids(file)
    run("rotate", file, "--keep-days", "0")
    assert first not in kids(file)
    assert len(kids(file)) == 1
    for days in ("-1", "3651"):
        with pytest.raises(CommandError, match="must be 0 or more"):
            run("rotate", file, "--keep-days", days)


def test_what_has_lapsed_can_be_dropped_without_a_rotation(file):
    run("make", file)
    run("rotate", file)
    document = json.loads(file.read_text())
    first, former = document["keys"]
    former["exp"] = 1
    file.write_text(json.dumps(document))
    assert f"{former['kid']}  ES256  lapsed on 1970-01-01" in run("show", file)
    run("prune", file)
    assert kids(file) == [first["kid"]]


def test_keys_for_signing_and_for_encryption_rotate_apart(file):
    run("make", file)
    run("add", file, "--algorithm", "ECDH-ES")
    signs, opens = kids(file)
    told = run("rotate", file, "--use", "enc")
    assert kids(file)[1:] == [signs, opens]
    assert "still opens what was encrypted to it" in told
    assert [key["use"] for key in json.loads(run("show", file, "--json"))["keys"]] == ["sig", "enc", "enc"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        ("[]", "is not a JWK Set"),
        ('{"keys": [{}]}', "is not a JWK Set of keys with `kid` and `use`"),
        ('{"keys": [{"kid": "a"}]}', "is not a JWK Set of keys"),
        ('{"keys": [{"kid": "a", "use": "sig", "exp": "tomorrow"}]}', "is not a JWK Set of keys"),
        ('{"keys": [{"kid": "a", "use": "sig", "exp": 1e999}]}', "is not a JWK Set of keys"),
        ('{"keys": [{"kid": "a", "use": "sig", "alg": "RS384"}]}', "a key for RS384, which `relyant_keys`"),
        ('{"keys": []}', 'has no key with "use": "sig"'),
    ],
)
def test_a_file_that_is_none_is_told_and_left_alone(file, content, words):
    file.write_text(content)
    with pytest.raises(CommandError, match=words):
        run("rotate", file)
    assert file.read_text() == content


def test_a_file_that_is_not_there_and_a_folder_that_can_not_be_written_to(file, tmp_path):
    with pytest.raises(CommandError, match="can't be read: No such file"):
        run("show", file)
    with pytest.raises(CommandError, match="can't be written: No such file"):
        run("make", tmp_path / "nowhere" / "keys.json")


def test_the_last_key_is_not_taken_out(file):
    run("make", file)
    with pytest.raises(CommandError, match="no key that hasn't lapsed"):
        run("remove", file, *kids(file))
    with pytest.raises(CommandError, match="has no key nonsense"):
        run("remove", file, "nonsense")


def test_what_is_shown_has_no_private_member(file):
    """OP-01"""
    run("make", file)
    secret = json.loads(file.read_text())["keys"][0]["d"]
    assert secret not in run("show", file)
    assert secret not in run("show", file, "--json")


def test_every_form_of_a_private_key_is_taken(file, configure):
    run("make", file)
    document = json.loads(file.read_text())
    for form in (file, str(file), file.read_text(), document, document["keys"][0], PEM):
        configure(form)
        settings = conf.relyant_settings().providers["keycloak"]
        registry.make_relying_party(settings)
        assert _core.public_jwk_set(settings.private_key.text)


def test_a_private_key_that_can_not_be_used_is_told_with_its_path(problem, tmp_path):
    missing = problem(str(tmp_path / "missing.json"))
    where = "RELYANT.PROVIDERS.keycloak.PRIVATE_KEY"
    assert str(missing) == f"{where}: the file can't be read: No such file or directory"
    assert "relyant_keys make" in missing.hint
    assert "must be a file name, got int" in problem(7).message
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff")
    assert "not ASCII text" in problem(binary).message
    for text, words in (
        ("-----BEGIN PRIVATE KEY-----", "PEM"),
        ("{", "JSON"),
        ({"keys": []}, "no key"),
        ({"kty": "EC"}, "key 0"),
    ):
        assert words in problem(text).message


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"PRIVATE_KEY": None, "CLIENT_AUTH": "private_key_jwt"}, "no private key"),
        ({"CLIENT_AUTH": "none"}, "`none` is configured beside"),
        ({"CLIENT_AUTH": "client_secret_basic"}, "no client secret"),
        ({"ID_TOKEN_ALGORITHMS": ["HS256"], "CLIENT_SECRET": "short"}, "at least 32 for HS256"),
        ({"ID_TOKEN_ALGORITHMS": ["HS256", "RS256"], "CLIENT_SECRET": "s" * 64}, "mix a MAC with others"),
        ({"ID_TOKEN_ALGORITHMS": ["none"]}, "`none` is unknown"),
    ],
)
def test_what_contradicts_itself_is_found_at_start(problem, others, words):
    """ID-07, ID-08"""
    private_key = others.pop("PRIVATE_KEY", PEM)
    assert words in problem(private_key, **others).message


@pytest.mark.parametrize(
    ("others", "setting", "hint"),
    [
        ({"PRIVATE_KEY": None, "CLIENT_AUTH": "private_key_jwt"}, "CLIENT_AUTH", "Set PRIVATE_KEY to a key"),
        ({"PRIVATE_KEY": {"keys": []}}, "PRIVATE_KEY", "Make a key by `manage.py relyant_keys make FILE`"),
        ({"CLIENT_AUTH": "none"}, "CLIENT_AUTH", "For a public client leave out"),
        ({"PRIVATE_KEY": None, "CLIENT_AUTH": "none", "CLIENT_SECRET": "s"}, "CLIENT_AUTH", "For a public"),
        ({"CLIENT_AUTH": "client_secret_post"}, "CLIENT_AUTH", "Set CLIENT_SECRET"),
    ],
)
def test_a_contradiction_is_told_with_its_setting_and_what_mends_it(problem, others, setting, hint):
    private_key = others.pop("PRIVATE_KEY", PEM)
    found = problem(private_key, **others)
    assert found.path == f"RELYANT.PROVIDERS.keycloak.{setting}"
    assert found.hint.startswith(hint)


@pytest.mark.parametrize(
    ("private_key", "uses"),
    [
        (PEM, ["sig"]),
        (PEM * 2, ["sig", "sig"]),
        (P256_PEM, ["sig", "enc"]),
        (P256_PEM + PEM, ["sig", "sig", "enc"]),
    ],
)
def test_a_pem_does_what_its_keys_can(client, configure, private_key, uses):
    configure(private_key)
    registry.make_relying_party(conf.relyant_settings().providers["keycloak"])
    assert [key["use"] for key in client.get("/oidc/jwks/keycloak/").json()["keys"]] == uses


def test_no_representation_shows_a_key(file, configure):
    """OP-01"""
    run("make", file)
    secret = json.loads(file.read_text())["keys"][0]["d"]
    configure(file)
    provider = registry.provider()
    shown = repr(provider.settings) + repr(provider.relying_party) + repr(conf.relyant_settings())
    assert secret not in shown + repr(KeyFile.read(file))


@pytest.mark.parametrize(
    ("mode", "found"), [(0o600, []), (0o640, ["relyant.W013"]), (0o604, ["relyant.W013"])]
)
def test_a_file_that_others_can_read_is_told_before_deployment(file, configure, mode, found):
    run("make", file)
    file.chmod(mode)
    configure(file)
    ids = [one.id for one in run_checks(tags=["relyant"], include_deployment_checks=True)]
    assert [one for one in ids if one == "relyant.W013"] == found


def test_the_public_keys_are_for_everybody(client, file, configure):
    run("make", file)
    run("add", file, "--algorithm", "RSA-OAEP-256")
    configure(file)
    answer = client.get("/oidc/jwks/keycloak/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert answer["Cache-Control"] == "public, max-age=300"
    published = answer.json()["keys"]
    assert [key["kid"] for key in published] == kids(file)
    assert not {"d", "p", "q", "dp", "dq", "qi"} & {name for key in published for name in key}
    assert client.head("/oidc/jwks/keycloak/").status_code == 200
    assert client.post("/oidc/jwks/keycloak/").status_code == 405


def test_a_former_key_is_published_until_it_lapses(client, file, configure):
    run("make", file)
    run("rotate", file)
    keys = KeyFile.read(file).keys
    configure(file)
    assert len(client.get("/oidc/jwks/keycloak/").json()["keys"]) == 2
    configure({"keys": [keys[0], {**keys[1], "exp": 1}]})
    published = client.get("/oidc/jwks/keycloak/").json()["keys"]
    assert [key["kid"] for key in published] == [keys[0]["kid"]]


def test_without_a_key_or_a_provider_there_is_nothing(client, configure, file):
    run("make", file)
    (key,) = json.loads(file.read_text())["keys"]
    configure({**key, "exp": 1})
    assert client.get("/oidc/jwks/keycloak/").status_code == 404
    configure(None)
    assert client.get("/oidc/jwks/keycloak/").status_code == 404
    assert client.get("/oidc/jwks/other/").status_code == 404
