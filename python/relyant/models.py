"""The tables of Relyant: which account at which provider is which Django user, and what happened to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
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


def users_may_be_inactive() -> bool:
    """Whether the model of users knows who is deactivated, as a column."""
    return any(one.name == "is_active" for one in user_model()._meta.get_fields())


def user_of_key(key: str) -> Any:
    """Return the user with a key; None where there is none, or where it can't be a key."""
    try:
        return user_model()._base_manager.filter(pk=key).first()
    except (ValueError, OverflowError, ValidationError):
        return None


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
    SESSION_ENDED = "session_ended", _("session ended")
    BREAK_GLASS_MINTED = "break_glass_minted", _("emergency login made")
    BREAK_GLASS_USED = "break_glass_used", _("signed in by an emergency login")


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


class EndedBy(models.TextChoices):
    """Why a session is over."""

    LOGOUT = "logout", _("signed out here")
    REPLACED = "replaced", _("signed in again")
    BACK_CHANNEL = "back_channel", _("signed out at the provider")
    FRONT_CHANNEL = "front_channel", _("signed out at the provider, in this browser")
    REFUSED = "refused", _("the provider doesn't let it go on")
    DECISION = "decision", _("the policy doesn't let it go on")
    UNREACHABLE = "unreachable", _("the provider was away for too long")
    AGE = "age", _("older than a session may be")
    USER = "user", _("ended by its user")
    OPERATOR = "operator", _("ended by an operator")
    UNLINKED = "unlinked", _("the provider was unlinked")
    GONE = "gone", _("no longer there")


class UserSession(models.Model):
    """One session of a user, from a sign-in by a provider to its end: what finds it, and ends it, anywhere.

    The session itself holds the handle, which stays while its key changes. A row that has ended stays until
    the session would have lapsed: it is what refuses one that can't be deleted, since a browser carries it.
    """

    handle = models.CharField(_("handle"), max_length=64, unique=True, editable=False)
    user = models.ForeignKey(
        conf.user_model(), on_delete=models.CASCADE, related_name="relyant_sessions", verbose_name=_("user")
    )
    provider = models.CharField(_("provider"), max_length=255)
    issuer = ByteExactCharField(_("issuer"), max_length=255)
    # The ID token's, by which a logout token calls her; a linked identity may have another name for her.
    subject = ByteExactCharField(_("subject"), max_length=255)
    sid = ByteExactCharField(_("session at the provider"), max_length=255, blank=True)
    # Django's key of it, sealed; none where sessions are cookies.
    session_key = models.TextField(_("session key"), blank=True, editable=False)
    user_agent = models.CharField(_("browser"), max_length=255, blank=True)
    signed_in_at = models.DateTimeField(_("signed in"))
    checked_at = models.DateTimeField(_("confirmed by the provider"))
    expires_at = models.DateTimeField(_("ends at the latest"), db_index=True)
    generation = models.PositiveIntegerField(_("generation"), default=0, editable=False)
    # Somebody renews it now, and has time until then.
    claimed_until = models.DateTimeField(_("renewal until"), null=True, editable=False)
    # The provider hasn't answered since.
    failing_since = models.DateTimeField(_("provider away since"), null=True, editable=False)
    # Sealed: what the newest renewal, or the sign-in, left for the session: its record and its tokens.
    state = models.TextField(_("state"), blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.CharField(_("ended by"), max_length=16, choices=EndedBy.choices, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-signed_in_at", "-pk")
        indexes = [
            models.Index(fields=["issuer", "sid"], name="relyant_session_by_sid"),
            models.Index(fields=["issuer", "subject"], name="relyant_session_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.provider}, {moments.here(self.signed_in_at):%Y-%m-%d %H:%M:%S}"


class LogoutNotice(models.Model):
    """A logout token that came: once, and remembered for as long as a login that it overtook may end.

    One that isn't completed belongs to a process that stopped halfway; whoever comes next completes it.
    """

    issuer = ByteExactCharField(max_length=255)
    # The SHA-256 of the token's `jti`, in hexadecimal digits.
    jti = models.CharField(max_length=64)
    subject = ByteExactCharField(max_length=255, blank=True)
    sid = ByteExactCharField(max_length=255, blank=True)
    issued_at = models.DateTimeField()
    keep_until = models.DateTimeField(db_index=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "jti"], name="relyant_one_logout_per_jti")]
        indexes = [
            models.Index(fields=["issuer", "sid"], name="relyant_notice_by_sid"),
            models.Index(fields=["issuer", "subject"], name="relyant_notice_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer}, {moments.here(self.issued_at):%Y-%m-%d %H:%M:%S}"


class BreakGlassLogin(models.Model):
    """A login without any provider, good once and for some minutes. The address itself is kept nowhere."""

    # The SHA-256 of what the address ends with, in hexadecimal digits.
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(conf.user_model(), on_delete=models.CASCADE, related_name="+")
    minted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user}, {moments.here(self.minted_at):%Y-%m-%d %H:%M:%S}"
