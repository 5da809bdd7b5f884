"""The linked identities of one user, by her own hand or an operator's: link another, unlink one.

A login never comes here: `provisioning` links who signs in, and `linking` says to which account.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, router, transaction
from django.db.models import F
from django.utils import timezone

from relyant import conf, events, provisioning, register, signals
from relyant.errors import Refusal, database_translated
from relyant.models import EndedBy, EventKind, LinkedIdentity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

logger = logging.getLogger("relyant")


def of(user: Any) -> list[LinkedIdentity]:
    """Return a user's linked identities, the oldest first."""
    return list(LinkedIdentity.objects.filter(user=user).order_by("created_at", "pk"))


def link(user: Any, *, provider: str, issuer: str, subject: str) -> None:
    """Link an identity to a user who has shown that it is hers; nothing where it is linked to her already.

    It grants nothing until she signs in by it. Raises Refusal: never is an identity taken from another user,
    and a user has one at each issuer.
    """
    using = router.db_for_write(LinkedIdentity)
    told = {"provider": provider, "issuer": issuer, "subject": subject}
    try:
        with database_translated(), transaction.atomic(using=using):
            held = _hold(user, using)
            if not _is_linked(held, {"issuer": issuer, "subject": subject}, using):
                _create(held, told, using)
    except IntegrityError as error:
        # Somebody else linked it in this moment.
        raise _linked_elsewhere() from error


def _hold(user: Any, using: str) -> Any:
    """Lock the user, and return her as she is then."""
    # A write comes first, as at a login: SQLite takes its lock before it has read anything.
    LinkedIdentity.objects.using(using).filter(user=user).update(last_login_at=F("last_login_at"))
    held = user.__class__._base_manager.using(using).select_for_update().filter(pk=user.pk).first()
    if held is None or not held.is_active:
        raise Refusal("account.inactive", f"user {user.pk} is deactivated or deleted")
    return held


def _create(user: Any, told: dict[str, str], using: str) -> None:
    key = {"issuer": told["issuer"], "subject": told["subject"]}
    LinkedIdentity.objects.using(using).create(user=user, last_login_at=timezone.now(), **key)
    events.record(EventKind.LINKED, user=user, actor=user, using=using, **told)
    logger.info("linked: user %s, provider %s", user.pk, told["provider"])
    transaction.on_commit(
        lambda: signals.tell(signals.identity_linked, user.__class__, user=user, **told), using=using
    )


def _is_linked(user: Any, key: dict[str, str], using: str) -> bool:
    """Whether it is linked to this user already. Raises Refusal where that can't come to be."""
    found = LinkedIdentity.objects.using(using).filter(**key).first()
    if found is not None and found.key == key:
        if found.user_id == user.pk:
            return True
        raise _linked_elsewhere()
    if LinkedIdentity.objects.using(using).filter(user=user, issuer=key["issuer"]).exists():
        raise Refusal("account.provider_linked_already", f"user {user.pk} has another subject of the issuer")
    return False


def _linked_elsewhere() -> Refusal:
    return Refusal("account.identity_linked_elsewhere", "the identity is linked to another user")


def unlink(linked: LinkedIdentity, *, actor: Any, may_lock_out: bool = False) -> None:
    """Unlink an identity, and take back what it granted; nothing where that has been done already.

    Raises the refusal `account.last_way_in` where its user could not sign in any more, unless that is meant.
    """
    told = {"provider": provider_of(linked.issuer), "issuer": linked.issuer, "subject": linked.subject}
    permit = _permit_all if may_lock_out else _require_other_way_in
    user = provisioning.unlink(**told, actor=actor, permit=permit)
    if user is not None:
        hers = register.rows().filter(user=user, issuer=linked.issuer, ended_at__isnull=True)
        register.end(hers.select_related("user"), by=EndedBy.UNLINKED, actor=actor)
        logger.info("unlinked: user %s, provider %s", user.pk, told["provider"] or "-")
        # In the admin the request's own transaction goes on.
        transaction.on_commit(
            lambda: signals.tell(signals.identity_unlinked, user.__class__, user=user, actor=actor, **told),
            using=router.db_for_write(LinkedIdentity),
        )


def is_last_way_in(linked: LinkedIdentity, others: Iterable[LinkedIdentity], user: Any) -> bool:
    """Whether a user could not sign in without an identity: by a password, or by another provider."""
    issuers = conf.relyant_settings().issuers
    if linked.issuer not in issuers or has_password(user):
        return False
    return not any(other.issuer in issuers for other in others)


def has_password(user: Any) -> bool:
    """Whether a user can sign in by a password here; with `PASSWORD_LOGIN` off nobody counts on one."""
    return conf.relyant_settings().password_login and bool(user.has_usable_password())


def provider_of(issuer: str) -> str:
    """The name of the first provider of an issuer; empty where the settings have none any more."""
    providers = conf.relyant_settings().providers.values()
    return next((one.name for one in providers if issuer in one.issuers), "")


def _permit_all(_user: Any, _linked: LinkedIdentity, _others: Sequence[LinkedIdentity]) -> None:
    """An operator may lock somebody out."""


def _require_other_way_in(user: Any, linked: LinkedIdentity, others: Sequence[LinkedIdentity]) -> None:
    if is_last_way_in(linked, others, user):
        raise Refusal("account.last_way_in", f"user {user.pk} has no password and no other identity")
