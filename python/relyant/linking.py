"""Which account that was here before a first login takes over: none, unless the provider's `LINK` says so.

Whoever takes an account over is whoever the provider says she is, so each doubt ends in no account, and then
the login goes on as any first one does; or in a refusal, where an operator has to look. Why the account's
password ends with it: docs/decisions/0012.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError

from relyant import callables, conf, registry
from relyant.claims import SOURCES
from relyant.errors import Refusal
from relyant.models import LinkedIdentity
from relyant.user_fields import target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet

    from relyant.conf import ProviderSettings

logger = logging.getLogger("relyant")

NEVER, VERIFIED_EMAIL, USERNAME = "never", "verified-email", "username"


@dataclass(frozen=True)
class Newcomer:
    """Somebody whom no linked identity knows; a callable of `LINK` is given one, and nothing else.

    `provider` is its name in the settings, `fields` are what claims say for the fields of the user model, and
    `claims()` are all verified claims by their source: `"id_token"`, `"userinfo"`, `"access_token"`. The user
    name is the provider's, letter by letter: Django would take letters that look alike for one name.
    """

    provider: str
    issuer: str
    subject: str
    fields: Mapping[str, Any] = field(repr=False)
    claims: Callable[[], Mapping[str, Mapping[str, Any]]] = field(repr=False)

    @property
    def verified_email(self) -> str | None:
        """Her address, if the source that it comes from says that it is verified: by JSON true. Core §5.1."""
        claims = self.claims()
        source = next((one for name in SOURCES if "email" in (one := claims.get(name) or {})), {})
        address = source.get("email")
        if not isinstance(address, str) or not address.isprintable():
            return None
        is_one = address.count("@") == 1 and not address.startswith("@")
        return address if is_one and source.get("email_verified") is True else None


@dataclass(frozen=True)
class Adopted:
    """An account that a first login takes over, locked; `rule` is what found it."""

    user: Any
    rule: str
    keeps_password: bool


def find(newcomer: Newcomer, users: QuerySet[Any], hold: Callable[[Any], Any]) -> Adopted | None:
    """Find the account to take over among `users`; `hold` locks one, and returns her as she is then.

    None: none, or none that may be taken over. Raises the refusals `account.link_*` and `account.inactive`.
    """
    provider = conf.relyant_settings().providers.get(newcomer.provider)
    if provider is None or not _is_open(provider):
        return None
    match = _match(provider, newcomer, users)
    user = None if match is None else hold(match)
    # Locked now, and looked at again: what was true of her a moment ago may not be true any more.
    if user is None or not _is_hers(provider.link, newcomer, user):
        return None
    _require_active(user)
    if not _is_free(provider.link, newcomer, user, users.db):
        return None
    return Adopted(user, provider.link, keeps_password=_require_permitted(provider, user))


def _is_open(provider: ProviderSettings) -> bool:
    ends = provider.link_until
    return provider.link != NEVER and (ends is None or datetime.now(tz=timezone.utc) <= ends)


def _match(provider: ProviderSettings, newcomer: Newcomer, users: QuerySet[Any]) -> Any:
    if provider.link == VERIFIED_EMAIL:
        return _by_address(_believed_address(provider, newcomer), users)
    if provider.link == USERNAME:
        return _by_name(provider, newcomer, users)
    return _by_callable(provider.link, newcomer, users.model)


def _believed_address(provider: ProviderSettings, newcomer: Newcomer) -> str | None:
    """Her verified address, if its domain is one that the provider is believed about."""
    address = newcomer.verified_email
    domains = {_folded(one) for one in provider.link_domains}
    if address is None or (domains and _folded(address.rpartition("@")[2]) not in domains):
        return None
    return address


def _by_address(address: str | None, users: QuerySet[Any]) -> Any:
    """The one active account with an address; two of them, even if by case alone, are refused."""
    name = _email_field(users.model)
    if address is None or name is None:
        return None
    # The database may fold more than we do: accents, or letters that look alike. Whatever it takes for the
    # same makes the answer ambiguous, and only what is the same to us is an answer.
    alike = list(users.filter(**{f"{name}__iexact": address}))
    active = [user for user in alike if user.is_active]
    if len(active) > 1:
        raise Refusal("account.link_ambiguous", f"{len(active)} active accounts have the address")
    same = [user for user in active or alike if _folded(getattr(user, name)) == _folded(address)]
    return same[0] if same else None


def _by_name(provider: ProviderSettings, newcomer: Newcomer, users: QuerySet[Any]) -> Any:
    """The account with her user name, byte for byte: a database may fold case.

    Where the claim `email` is the name, it is an address like any other: only one that is believed counts.
    """
    key = users.model.USERNAME_FIELD
    name = newcomer.fields.get(key)
    if _is_address(provider, users.model) and name != _believed_address(provider, newcomer):
        return None
    found = users.filter(**{key: name}) if isinstance(name, str) else ()
    return next((user for user in found if getattr(user, key) == name), None)


def _is_address(provider: ProviderSettings, model: type[Any]) -> bool:
    """Whether the claim `email` is the user name. Core §5.7: it may be anybody's."""
    paths = registry.provider(provider.name).policy.user_paths.items()
    return any(target(model, name) == model.USERNAME_FIELD and path == "email" for name, path in paths)


def _by_callable(path: str, newcomer: Newcomer, model: type[Any]) -> Any:
    """The account that the project's own callable returns."""
    try:
        user = find_callable(path)(newcomer)
    except (Refusal, OperationalError, InterfaceError):
        raise
    except Exception as error:
        # By its name alone: its words may hold claims.
        logger.exception("the callable `%s` of LINK failed", path)
        raise _callable_failed(path, f"raised {type(error).__name__}") from error
    if user is not None and (not isinstance(user, model) or user.pk is None):
        raise _callable_failed(path, f"returned {type(user).__name__}, neither a saved user nor None")
    return user


def find_callable(path: str) -> Callable[[Newcomer], Any]:
    """Import a callable of `LINK`. Raises ImportError where there is none, TypeError where it can't be it."""
    return callables.find(path, "newcomer")


def _callable_failed(path: str, what: str) -> Refusal:
    return Refusal("account.link_failed", f"the callable `{path}` of LINK {what}")


def _is_hers(rule: str, newcomer: Newcomer, user: Any) -> bool:
    """Whether the account still has what it was found by."""
    if rule == VERIFIED_EMAIL:
        address = getattr(user, _email_field(type(user)) or "", "")
        return _folded(address) == _folded(newcomer.verified_email or "")
    if rule == USERNAME:
        return bool(user.get_username() == newcomer.fields.get(user.USERNAME_FIELD))
    return True


def _require_active(user: Any) -> None:
    """Refuse who was deactivated: a new account would be a way around it."""
    if not user.is_active:
        raise Refusal("account.inactive", f"user {user.pk}, whom LINK found, is deactivated")


def _is_free(rule: str, newcomer: Newcomer, user: Any, using: str) -> bool:
    """Whether nobody else signs in to the account.

    Never by another subject of this issuer: an address or a name may have come to somebody new. And where the
    address or the name decides, by no provider of the settings that may have been there first without it: one
    that verifies no address, or lets people choose their names.
    """
    issuers = set(LinkedIdentity.objects.using(using).filter(user=user).values_list("issuer", flat=True))
    taken = issuers & (_others_first(rule) | {newcomer.issuer})
    if taken:
        logger.warning(
            "user %s is not taken over by a subject of %s: she has an identity at %s",
            user.pk,
            newcomer.issuer,
            ", ".join(sorted(taken)),
        )
    return not taken


def _others_first(rule: str) -> frozenset[str]:
    """The issuers by which somebody may have come to what the rule finds an account by."""
    if rule not in (VERIFIED_EMAIL, USERNAME):
        return frozenset()
    # At a provider whose own `LINK` is `username` nobody chooses a name either.
    providers = conf.relyant_settings().providers.values()
    return frozenset().union(
        *(one.issuers for one in providers if rule == VERIFIED_EMAIL or one.link != USERNAME)
    )


def _require_permitted(provider: ProviderSettings, user: Any) -> bool:
    """Refuse staff and superusers whom nobody named; returns whether she is one who was named by hand.

    Anybody else with such a name may have signed up under it before the one who is meant.
    """
    is_privileged = bool(getattr(user, "is_staff", False) or getattr(user, "is_superuser", False))
    if is_privileged and user.get_username() not in provider.link_privileged:
        raise Refusal("account.link_privileged", f"user {user.pk} is staff or superuser, and not named")
    return is_privileged


def _email_field(model: type[Any]) -> str | None:
    """The model's field for the address; None where it has none."""
    name = model.get_email_field_name()
    return name if name in {one.name for one in model._meta.concrete_fields} else None


def _folded(text: Any) -> bytes:
    """A text without the case of ASCII letters, as mail servers compare addresses; no other is folded."""
    return str(text or "").encode(errors="surrogatepass").lower()
