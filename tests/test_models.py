"""The table of linked identities keeps one user a subject, and subjects apart that differ in case alone."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from relyant import migrations
from relyant.models import Grants, LinkedIdentity


def link(user, subject, issuer="https://sso.example.com"):
    return LinkedIdentity.objects.create(
        issuer=issuer, subject=subject, user=user, last_login_at=timezone.now()
    )


@pytest.mark.django_db
def test_id_17_one_subject_of_one_issuer_is_one_user():
    """ID-17: the database itself holds the key of a person."""
    carol, mallory = User.objects.create(username="carol"), User.objects.create(username="mallory")
    link(carol, "1")
    with pytest.raises(IntegrityError), transaction.atomic():
        link(mallory, "1")
    link(mallory, "1", issuer="https://other.example.com")


@pytest.mark.django_db
def test_id_17_subjects_that_differ_in_case_alone_are_two_people():
    """ID-17, Core §2: a subject is case-sensitive."""
    carol, mallory = User.objects.create(username="carol"), User.objects.create(username="mallory")
    link(carol, "abc")
    link(mallory, "ABC")
    assert LinkedIdentity.objects.get(subject="ABC").user == mallory


@pytest.mark.parametrize("name", ["issuer", "subject"])
@pytest.mark.parametrize(
    ("is_mariadb", "version", "collation"),
    [
        (True, (10, 5, 0), "utf8mb4_nopad_bin"),
        (False, (8, 4, 0), "utf8mb4_0900_bin"),
        (False, (8, 0, 17), "utf8mb4_0900_bin"),
        (False, (8, 0, 16), "utf8mb4_bin"),
    ],
)
def test_id_17_mysql_is_told_to_compare_bytes(monkeypatch, name, is_mariadb, version, collation):
    """ID-17: its default collation would fold case, and most drop blanks. No MySQL is needed to ask for it."""
    connection = connections["default"]
    monkeypatch.setattr(connection, "vendor", "mysql")
    monkeypatch.setattr(connection, "mysql_is_mariadb", is_mariadb, raising=False)
    monkeypatch.setattr(connection, "mysql_version", version, raising=False)
    column = LinkedIdentity._meta.get_field(name).db_type(connection)
    assert column == f"varchar(255) CHARACTER SET utf8mb4 COLLATE {collation}"


def test_grants_come_back_as_they_were_kept():
    grants = Grants(frozenset({"b", "a"}), staff=True, superuser=None)
    assert grants.to_json() == {"groups": ["a", "b"], "staff": True, "superuser": None}
    assert Grants.from_json(grants.to_json()) == grants
    assert Grants.from_json({}) == Grants()


@pytest.mark.django_db
def test_the_migrations_are_complete():
    call_command("makemigrations", "relyant", check=True, dry_run=True, stdout=io.StringIO())


def test_the_migrations_stand_without_the_models():
    """A migration that imports them would tie the models of today to the database of its day."""
    folder = Path(migrations.__file__).parent
    sources = [path.read_text() for path in folder.glob("0*.py")]
    assert sources
    assert not any("relyant.models" in source for source in sources)


@pytest.mark.django_db
def test_the_admin_shows_linked_identities_to_read(admin_client):
    linked = link(User.objects.create(username="carol"), "sub-carol")
    listing = admin_client.get("/admin/relyant/linkedidentity/?q=carol")
    assert b"sub-carol" in listing.content
    page = f"/admin/relyant/linkedidentity/{linked.pk}/change/"
    assert b'name="subject"' not in admin_client.get(page).content
    assert admin_client.post(page, {"subject": "other"}).status_code == 403
    assert admin_client.get("/admin/relyant/linkedidentity/add/").status_code == 403
