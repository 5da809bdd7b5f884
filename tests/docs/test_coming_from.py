"""The how-tos "Coming from …": their settings are really theirs, and existing users keep their accounts by the page's lines."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tests.docs import pages

PEERS = Path(__file__).resolve().parent / "peers.txt"
ISSUER = "https://sso.example.com/realms/brewery"
# Page: the packages whose settings its table names.
PACKAGES = {
    "how-to/from-mozilla-django-oidc.md": ["mozilla_django_oidc"],
    "how-to/from-social-auth.md": ["social_core", "social_django"],
    "how-to/from-allauth.md": ["allauth"],
    "how-to/from-admin-sso.md": ["admin_sso"],
}
# social-auth puts a prefix and a backend's name before the setting that its source has.
PREFIX = re.compile(r"^(SOCIAL_AUTH_((OIDC|KEYCLOAK)_)?|SOCIALACCOUNT_)")


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    """A folder with the other packages."""
    folder = tmp_path_factory.mktemp("peers")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--target", folder, "-r", PEERS]
    subprocess.run(install, check=True, timeout=600)
    return folder


@pytest.mark.parametrize("page", PACKAGES)
def test_the_settings_are_theirs(page, peers):
    source = "\n".join(
        path.read_text() for package in PACKAGES[page] for path in sorted((peers / package).rglob("*.py"))
    )
    (table,) = pages.tables(page)
    assert table
    names = {PREFIX.sub("", row["there"].strip("`")) for row in table}
    assert not [name for name in names if not re.search(rf"""["']{name}["']""", source)]


@pytest.mark.parametrize("page", PACKAGES)
def test_the_versions_are_those_that_the_page_names(page):
    pins = dict(
        re.fullmatch(r"([\w-]+)(?:\[.*\])?==(.+)", line).groups()
        for line in PEERS.read_text().splitlines()
        if not line.startswith("#")
    )
    named = re.findall(
        r"([a-z]+(?:-[a-z]+)+) (\d+\.[\d.]+\d)", pages.read(page).split("## ")[0].replace("\n", " ")
    )
    assert named
    assert all(pins[package] == version for package, version in named)


@pytest.fixture
def project_of(owner, peers):
    """The tutorial's project, with users and with the other package's apps installed."""

    def install(settings="", *, users):
        # Their Django comes first; Relyant is where it was.
        owner.run(f'export PYTHONPATH="{peers}:$PYTHONPATH"')
        owner.add("brewery/settings.py", settings)
        owner.make_database()
        owner.add("users.py", users)
        owner.run("python manage.py shell < users.py")
        return owner

    return install


def carry_out(owner, page):
    for block in pages.blocks(page):
        owner.follow(block)


def links(owner):
    """Who is linked to which subject, as the database has it."""
    question = (
        "from relyant.models import LinkedIdentity as L; "
        "print(*['link %s %s %s' % (l.user.username, l.subject, l.issuer) for l in L.objects.all()], sep=chr(10))"
    )
    answer = owner.run(f'python manage.py shell -c "{question}"')
    return sorted(re.findall(r"^link (\S+) (\S+) (\S+)$", answer, re.MULTILINE))


def test_from_mozilla_django_oidc(project_of):
    users = """
from django.contrib.auth.models import User
for name in ("carol", "chris", "nora"):
    User.objects.create_user(name)
"""
    owner = project_of(users=users)
    carry_out(owner, "how-to/from-mozilla-django-oidc.md")
    assert links(owner) == [
        ("carol", "5c8ad0be-7b3c-4e9a-9d3e-0f1b8b1f6a11", ISSUER),
        ("chris", "0a4f6f0e-2a0d-4a55-8d0e-1a9a0f3f3b22", ISSUER),
    ]


def test_from_social_auth(project_of):
    users = """
from django.contrib.auth.models import User
from social_django.models import UserSocialAuth
carol, chris = User.objects.create_user("carol"), User.objects.create_user("chris")
UserSocialAuth.objects.create(user=carol, provider="oidc", uid="sub-carol")
UserSocialAuth.objects.create(user=chris, provider="github", uid="sub-chris")
"""
    owner = project_of('INSTALLED_APPS += ["social_django"]', users=users)
    carry_out(owner, "how-to/from-social-auth.md")
    assert links(owner) == [("carol", "sub-carol", ISSUER)]


def test_from_allauth(project_of):
    users = """
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
carol, chris = User.objects.create_user("carol"), User.objects.create_user("chris")
SocialAccount.objects.create(user=carol, provider="keycloak", uid="sub-carol")
SocialAccount.objects.create(user=chris, provider="github", uid="sub-chris")
"""
    settings = """
INSTALLED_APPS += ["allauth", "allauth.account", "allauth.socialaccount"]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
"""
    owner = project_of(settings, users=users)
    carry_out(owner, "how-to/from-allauth.md")
    assert links(owner) == [("carol", "sub-carol", ISSUER)]


@pytest.mark.django_db
def test_who_is_linked_so_keeps_the_account(tmp_path, monkeypatch, sign_in):
    _csv, script, _command = pages.blocks("how-to/from-mozilla-django-oidc.md")
    before = User.objects.create_user("hash-of-carol", email="old@brewery.example")
    pages.write(script, tmp_path)
    (tmp_path / "subjects.csv").write_text("sub-carol,hash-of-carol\n")
    monkeypatch.chdir(tmp_path)
    runpy.run_path("link_users.py")
    user = sign_in("customers", name="carol", subject="sub-carol", issuer=ISSUER).user
    assert (user.pk, user.username, user.email) == (before.pk, "carol", "carol@brewery.example")
    assert User.objects.count() == 1
