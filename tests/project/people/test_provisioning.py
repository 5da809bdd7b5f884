"""A user model without user names: the e-mail address signs in, and nothing else of a person is kept."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core import checks
from django.test.utils import CaptureQueriesContext

from relyant.errors import Refusal
from relyant.models import LinkedIdentity
from tests.project.people.models import Membership

pytestmark = pytest.mark.django_db
Person = get_user_model()


def test_the_project_is_as_it_should_be():
    assert Person.USERNAME_FIELD == "email"
    assert checks.run_checks() == []


def test_the_presets_email_signs_in_and_its_names_find_no_field(sign_in):
    result = sign_in("customers", claims={"given_name": "Carol"})
    person = Person.objects.get()
    assert (person.email, person.is_staff) == ("carol@brewery.example", True)
    assert not person.has_usable_password()
    assert set(person.groups.values_list("name", flat=True)) == {"customers"}
    assert sign_in("customers").user == result.user


def test_id_17_an_address_is_never_the_key_of_a_person(sign_in):
    """ID-17: somebody else with the address of an account is refused, and a person may change hers."""
    carol = sign_in("customers").user
    with pytest.raises(Refusal) as caught:
        sign_in("customers", subject="another")
    assert caught.value.code == "account.username_taken"
    sign_in("customers", claims={"email": "carol@PUB.example"})
    carol.refresh_from_db()
    assert carol.email == "carol@pub.example"
    assert LinkedIdentity.objects.count() == 1


def test_a_user_name_is_no_address(sign_in):
    policy = {"USER": {"username": "preferred_username"}}
    with pytest.raises(Refusal) as caught:
        sign_in("customers", policy=policy)
    assert caught.value.code == "account.no_username"


@pytest.mark.parametrize("email", ["", "no address", f"{'c' * 300}@brewery.example"])
def test_a_bad_address_is_refused(sign_in, email):
    with pytest.raises(Refusal) as caught:
        sign_in("customers", claims={"email": email})
    assert caught.value.code == "account.invalid_username"
    assert Person.objects.count() == 0


def test_a_field_of_the_projects_own_is_filled_and_kept_to_its_length(sign_in, caplog):
    policy = {"USER": {"email": "email", "department": "department"}}
    person = sign_in(policy=policy, claims={"department": "cellar"}).user
    sign_in(policy=policy, claims={"department": "d" * 21})
    person.refresh_from_db()
    assert person.department == "cellar"
    assert "`department`" in caplog.text


def test_memberships_in_a_table_of_the_projects_own_begin_and_end(sign_in):
    """The rows are made as the table makes them: with its own key, and with the day."""
    policy = {"GROUPS": {f"g{number}": ["customers"] for number in range(600)}}
    person = sign_in("customers", policy=policy).user
    assert Membership.objects.filter(person=person, since__isnull=False).count() == 600
    kept = set(Membership.objects.values_list("pk", flat=True))
    sign_in("customers", policy=policy)
    assert set(Membership.objects.values_list("pk", flat=True)) == kept
    sign_in(policy=policy)
    assert not Membership.objects.exists()


def test_a_login_that_changes_nothing_costs_as_little(sign_in):
    from django.db import connection

    sign_in("customers")
    with CaptureQueriesContext(connection) as captured:
        sign_in("customers")
    assert len(captured) <= 10


def test_a_field_that_the_model_lacks_is_an_error_at_start(configure):
    configure({"PROVIDERS.keycloak.POLICY": {"USER": {"email": "email", "first_name": "given_name"}}})
    (found,) = checks.run_checks(tags=["relyant"])
    assert found.id == "relyant.E009"


def test_a_policy_that_fills_no_address_is_an_error_at_start(configure):
    configure({"PROVIDERS.keycloak.POLICY": {"USER": {"username": "preferred_username"}}})
    assert {found.id for found in checks.run_checks(tags=["relyant"])} == {"relyant.E009", "relyant.E010"}


def test_an_address_that_is_taken_gets_no_suffix(sign_in, configure):
    configure({"PROVIDERS.keycloak.USERNAME_COLLISION": "suffix"})
    Person.objects.create_user("carol@brewery.example")
    with pytest.raises(Refusal) as caught:
        sign_in("customers")
    assert caught.value.code == "account.username_taken"


# ID-18
@pytest.mark.parametrize(("verified", "adopted"), [(True, True), (False, False), ("true", False)])
def test_an_account_is_taken_over_by_the_address_that_signs_in(sign_in, configure, verified, adopted):
    configure({"PROVIDERS.keycloak.LINK": "verified-email"})
    hers = Person.objects.create_user("Carol@brewery.example", "local")
    result = sign_in("customers", claims={"email_verified": verified})
    assert (result.user == hers, result.adopted) == (adopted, adopted)
    assert Person.objects.get(pk=hers.pk).has_usable_password() is not adopted
