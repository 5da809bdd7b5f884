"""From claims to the fields of the user model: which fields claims may fill, and how a value is made to fit.

A value that doesn't fit its field is left out with a warning, since a login is worth more than a field. The
user name is the exception: without a good one there is no user.
"""

from __future__ import annotations

import logging
import unicodedata
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models

from relyant.errors import Refusal, on_one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whatever AUTH_USER_MODEL names: any of its attributes is the project's own.
UserModel = Any

logger = logging.getLogger("relyant")

# Names are for people to read, so a long one is cut; what identifies (an e-mail address) never is.
_CLIPPED = ("first_name", "last_name")
# Of why a value doesn't fit, a message has so many characters.
_WHY_CHARS = 300
# The policy refuses these names too; here they hold for whatever a user model calls its fields.
_NEVER = ("password", "is_staff", "is_superuser", "is_active", "last_login")


def fillable(model: UserModel) -> dict[str, models.Field[Any, Any]]:
    """Return the fields that claims may fill, by name: no keys, no relations, no rights."""
    return {
        field.name: field
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.is_relation and field.name not in _NEVER
    }


def target(model: UserModel, name: str) -> str:
    """Return the model's field for a field of the policy: `username` means whatever the model signs in with.

    Not where that is the e-mail address: a name is no address.
    """
    signs_in_with = model.USERNAME_FIELD
    if name != "username" or name in fillable(model) or signs_in_with == model.get_email_field_name():
        return name
    return str(signs_in_with)


def values(model: UserModel, claimed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to keep, by field. Raises the refusal `account.invalid_username`."""
    fields = fillable(model)
    found = {}
    for name, claim in claimed.items():
        field = fields.get(target(model, name))
        if field is None:
            continue
        try:
            found[field.name] = _fit(model, field, claim)
        except ValidationError as error:
            _unfit(model, field, error)
    return found


def names_as_told(model: UserModel, claimed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user name as the claims say it, by its field: not made to fit, and so nobody else's."""
    told = ((target(model, name), claim) for name, claim in claimed.items())
    return {name: claim for name, claim in told if name == model.USERNAME_FIELD}


def fills_email(model: UserModel, claimed: Mapping[str, Any]) -> bool:
    """Whether a claim is to fill the model's e-mail address."""
    return any(target(model, name) == model.get_email_field_name() for name in claimed)


def _fit(model: UserModel, field: models.Field[Any, Any], claim: Any) -> Any:
    value = claim
    if isinstance(field, (models.CharField, models.TextField)):
        value = _text(model, field, claim)
    try:
        return field.clean(value, None)
    except (TypeError, ValueError, ArithmeticError) as error:
        # Not every field expects an object or a list where a text should be.
        raise ValidationError("the claim is of a wrong type") from error


def _text(model: UserModel, field: models.Field[Any, Any], claim: Any) -> str:
    if not isinstance(claim, str):
        raise ValidationError("the claim is not a string")
    if any(unicodedata.category(character) == "Cc" for character in claim):
        raise ValidationError("the claim has control characters")
    text = claim
    if field.name == model.get_email_field_name():
        text = BaseUserManager.normalize_email(text)
    if field.name == model.USERNAME_FIELD:
        text = model.normalize_username(text)
    return text[: field.max_length] if field.name in _CLIPPED else text


def _unfit(model: UserModel, field: models.Field[Any, Any], error: ValidationError) -> None:
    # Some of Django's messages repeat the value.
    why = on_one_line(" ".join(error.messages))[:_WHY_CHARS]
    if field.name == model.USERNAME_FIELD:
        raise Refusal(
            "account.invalid_username", f"the claim doesn't fit the user field `{field.name}`: {why}"
        )
    logger.warning("a claim doesn't fit the user field `%s` and is left out: %s", field.name, why)
