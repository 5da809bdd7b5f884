"""The tables of Relyant: which account at which provider is which Django user, and what happened to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from relyant import conf, moments
from relyant.fields import ByteExactCharField


@dataclass(frozen=True)
class Grants:
    """What one linked identity gave its user at the last login; only that is ever taken back for it.

    A flag is None where the policy left its key out. `superuser_kept`: it took the flag of the last superuser
    away, and she kept it.
    """

    groups: frozenset[str] = frozenset()
    staff: bool | None = None
    superuser: bool | None = None
    superuser_kept: bool = False

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Grants:
        """Read the column."""
        groups, kept = frozenset(stored.get("groups", ())), bool(stored.get("superuser_kept"))
        return cls(groups, stored.get("staff"), stored.get("superuser"), kept)

    def to_json(self) -> dict[str, Any]:
        """Write the column, equal for equal grants."""
        grants = {"groups": sorted(self.groups), "staff": self.staff, "superuser": self.superuser}
        return {**grants, "superuser_kept": True} if self.superuser_kept else grants


class LinkedIdentity(models.Model):
    """One account at a provider and the Django user that it signs in.

    The pair of issuer and subject is unique and never changes; nothing else finds a user. Core §5.7.
    """

    # Core §2: a subject has at most 255 ASCII characters. `conf` holds the issuer to the same length.
    issuer = ByteExactCharField(_("issuer"), max_length=255)
    subject = ByteExactCharField(_("subject"), max_length=255)
    user = models.ForeignKey(
        conf.user_model(), on_delete=models.CASCADE, related_name="linked_identities", verbose_name=_("user")
    )
    grants = models.JSONField(_("grants"), default=dict, editable=False)
    # The roles that rules looked at, the reason of each rule and the warnings, of the last login.
    explanation = models.JSONField(_("explanation"), default=dict, editable=False)
    created_at = models.DateTimeField(_("linked at"), auto_now_add=True)
    last_login_at = models.DateTimeField(_("last login"))

    class Meta:
        verbose_name = _("linked identity")
        verbose_name_plural = _("linked identities")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="relyant_one_user_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.issuer})"

    @property
    def key(self) -> dict[str, str]:
        """What finds it, and nothing else does."""
        return {"issuer": self.issuer, "subject": self.subject}

    @property
    def granted(self) -> Grants:
        """The grants as a value."""
        return Grants.from_json(self.grants)


def user_model() -> Any:
    """Return the model of users, for whoever reads them."""
    return LinkedIdentity._meta.get_field("user").related_model


class EventKind(models.TextChoices):
    """What an event tells of."""

    LOGIN = "login", _("signed in")
    REFUSED = "refused", _("refused")
    USER_CREATED = "user_created", _("user created")
    ADOPTED = "adopted", _("existing account linked at sign-in")
    LINKED = "linked", _("provider linked")
    UNLINKED = "unlinked", _("provider unlinked")
    GROUPS_CHANGED = "groups_changed", _("groups changed")
    FLAGS_CHANGED = "flags_changed", _("staff or superuser changed")
    SUPERUSER_KEPT = "superuser_kept", _("last superuser kept")


class Event(models.Model):
    """Something that happened to a user's access: written once, never changed, removed by age alone."""

    kind = models.CharField(_("event"), max_length=32, choices=EventKind.choices)
    at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)
    user = models.ForeignKey(
        conf.user_model(),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # Who did it: None where a login or the provider did.
    actor = models.ForeignKey(
        conf.user_model(),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    provider = models.CharField(_("provider"), max_length=255, blank=True)
    issuer = models.CharField(_("issuer"), max_length=255, blank=True)
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    # Of a refusal: its code, and what joins it to the visitor's page and the log line.
    code = models.CharField(_("code"), max_length=64, blank=True)
    reference = models.CharField(_("reference"), max_length=32, blank=True)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {moments.here(self.at):%Y-%m-%d %H:%M:%S}"
