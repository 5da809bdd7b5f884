"""The name of somebody whose name another account has: a refusal, or a suffix that stays hers."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.core.validators import RegexValidator
from django.db import models
from django.test.utils import isolate_apps

from relyant import user_names
from relyant.errors import Refusal
from relyant.models import LinkedIdentity
from tests.conftest import ISSUER

SUFFIXED = re.compile(r"carol-[2-9a-z]{4}")


@pytest.fixture
def suffix(configure):
    configure({"PROVIDERS.keycloak.USERNAME_COLLISION": "suffix"})


@pytest.mark.django_db
def test_by_default_a_taken_name_is_refused(sign_in):
    User.objects.create_user("carol")
    with pytest.raises(Refusal) as caught:
        sign_in()
    assert caught.value.code == "account.username_taken"


@pytest.mark.django_db
def test_a_taken_name_gets_a_suffix_and_the_account_that_had_it_is_not_touched(sign_in, suffix):
    former = User.objects.create_user("carol", password="local")
    hers = sign_in().user
    assert SUFFIXED.fullmatch(hers.username)
    assert hers != former and not LinkedIdentity.objects.filter(user=former).exists()
    former.refresh_from_db()
    assert former.check_password("local")


@pytest.mark.django_db
def test_a_free_name_gets_none(sign_in, suffix):
    assert sign_in().user.username == "carol"


@pytest.mark.django_db
def test_the_suffix_stays_at_each_login_whatever_becomes_of_the_other(sign_in, suffix, configure):
    former = User.objects.create_user("carol")
    name = sign_in().user.username
    assert sign_in().user.username == name
    configure({"PROVIDERS.keycloak.USERNAME_COLLISION": "refuse"})
    assert sign_in().user.username == name
    former.delete()
    assert sign_in().user.username == name
    User.objects.all().delete()
    User.objects.create_user("carol")
    configure({"PROVIDERS.keycloak.USERNAME_COLLISION": "suffix"})
    assert sign_in().user.username == name


@pytest.mark.django_db
def test_who_is_renamed_to_a_taken_name_gets_a_suffix_too(sign_in, suffix):
    hers = sign_in().user
    User.objects.create_user("caroline")
    sign_in(name="caroline", subject="sub-carol")
    hers.refresh_from_db()
    assert re.fullmatch(r"caroline-[2-9a-z]{4}", hers.username)


@pytest.mark.django_db
def test_a_taken_suffix_grows_and_the_tries_are_bounded(sign_in, suffix):
    names = user_names.suffixed(User, "carol", ISSUER, "sub-carol")
    User.objects.bulk_create(User(username=name) for name in ["carol", *names[:-1]])
    assert sign_in().user.username == names[-1]
    LinkedIdentity.objects.all().delete()
    with pytest.raises(Refusal) as caught:
        sign_in()
    assert caught.value.code == "account.username_taken"


def test_each_identity_has_suffixes_of_its_own():
    first = user_names.suffixed(User, "carol", ISSUER, "1")
    assert first == user_names.suffixed(User, "carol", ISSUER, "1")
    assert [len(name) for name in first] == [10, 12, 14]
    assert not {*first} & {*user_names.suffixed(User, "carol", ISSUER, "2")}
    assert not {*first} & {*user_names.suffixed(User, "carol", "https://login.pub.example", "1")}


def test_a_long_name_is_cut_so_that_its_suffix_fits():
    names = user_names.suffixed(User, "c" * 150, ISSUER, "1")
    assert {len(name) for name in names} == {150}
    assert all(re.fullmatch(r"c+-[2-9a-z]+", name) for name in names)


@isolate_apps("tests.project.beers")
def test_no_address_and_no_number_gets_a_suffix_and_no_validator_is_passed_by():
    class ByAddress(AbstractBaseUser):
        email = models.EmailField(unique=True)
        USERNAME_FIELD = EMAIL_FIELD = "email"

        class Meta:
            app_label = "beers"

    class ByLogin(AbstractBaseUser):
        login = models.EmailField(unique=True)
        USERNAME_FIELD = "login"

        class Meta:
            app_label = "beers"

    class ByNumber(AbstractBaseUser):
        number = models.IntegerField(unique=True)
        USERNAME_FIELD = "number"

        class Meta:
            app_label = "beers"

    class WithoutHyphens(AbstractBaseUser):
        login = models.CharField(max_length=20, unique=True, validators=[RegexValidator(r"^\w+\Z")])
        USERNAME_FIELD = "login"

        class Meta:
            app_label = "beers"

    for model, wanted in ((ByAddress, "carol@b.example"), (ByLogin, "carol@b.example"), (ByNumber, 7)):
        assert user_names.suffixed(model, wanted, ISSUER, "1") == []
    assert user_names.suffixed(WithoutHyphens, "carol", ISSUER, "1") == []
