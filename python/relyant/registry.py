"""The providers of the settings with their cores: each made once per process, when it is first needed."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.signals import setting_changed

from relyant import _core, conf
from relyant.errors import Refusal, UnknownProvider
from relyant.setting_types import VISITOR, Problem

if TYPE_CHECKING:
    from relyant.conf import ProviderSettings

logger = logging.getLogger("relyant")

# What the core says of settings that don't fit each other, by its code: the setting, and what mends it.
_MENDS = {
    "configuration.private_key_invalid": (
        "PRIVATE_KEY",
        "Make a key by `manage.py relyant_keys make FILE`, and name the file here.",
    ),
    "configuration.client_key_missing": (
        "CLIENT_AUTH",
        "Set PRIVATE_KEY to a key that signs, or leave CLIENT_AUTH out.",
    ),
    "configuration.client_secret_missing": (
        "CLIENT_AUTH",
        "Set CLIENT_SECRET, or leave CLIENT_AUTH out.",
    ),
    "configuration.client_credentials_unused": (
        "CLIENT_AUTH",
        "For a public client leave out CLIENT_SECRET and PRIVATE_KEY, or else CLIENT_AUTH.",
    ),
    "configuration.tenants_missing": ("TENANTS", "Or set ISSUER to that of the one tenant."),
    "configuration.tenants_unused": ("TENANTS", "Or set ISSUER to the address for all tenants."),
    "configuration.tenant_invalid": ("TENANTS", "The provider's console shows it as the tenant's id."),
}

_JSON_TRUE = re.compile(r'(?<=": )true\b')

# Making a provider opens no connection, so two threads may do it at once; the first one to be kept counts.
_made: dict[str, Provider] = {}


@dataclass(frozen=True)
class Provider:
    """One configured provider: its settings, the client at it, and the policy for its people."""

    settings: ProviderSettings
    relying_party: _core.RelyingParty
    policy: _core.Policy


def provider(name: str | None = None) -> Provider:
    """Return the provider of a name, or the first one that the settings declare.

    Raises UnknownProvider, or the refusal `configuration.settings` where the settings can't be used.
    """
    try:
        declared = conf.relyant_settings().providers
        name = name or next(iter(declared))
        if name not in declared:
            raise UnknownProvider(name)
        return _made.get(name) or _made.setdefault(name, _make(declared[name]))
    except conf.ConfigurationError as error:
        raise Refusal("configuration.settings", str(error)) from error


def make_policy(settings: ProviderSettings) -> _core.Policy:
    """Parse a provider's policy. Raises ConfigurationError with all that is wrong with it."""
    document = json.dumps(dict(settings.policy))
    try:
        return _core.Policy(document, preset=settings.preset, client_id=settings.client_id)
    except _core.PolicyError as error:
        problems = [Problem(_place(settings, path), *map(_in_python, rest)) for path, *rest in error.problems]
        raise conf.ConfigurationError(*problems) from error


def policy_oddities(settings: ProviderSettings) -> list[Problem]:
    """Find what is odd about a usable policy: rules that nobody can match. Raises as `make_policy`."""
    found = make_policy(settings).lint(scopes=settings.scopes, acr_values=settings.acr_values)
    return [Problem(_place(settings, path), *map(_in_python, rest)) for path, *rest in found]


def _in_python(words: str) -> str:
    """The core writes its examples in JSON; the settings are Python."""
    return _JSON_TRUE.sub("True", words)


def _place(settings: ProviderSettings, path: str) -> str:
    """Where a part of a policy stands in the settings."""
    return ".".join(("RELYANT.PROVIDERS", settings.name, "POLICY", *filter(None, [path])))


def make_relying_party(settings: ProviderSettings) -> _core.RelyingParty:
    """Make a provider's client. Raises ConfigurationError where the core can't work with the settings."""
    try:
        return _core.RelyingParty(
            issuer=settings.issuer,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            client_auth=settings.client_auth,
            private_key=settings.private_key.text if settings.private_key else None,
            decrypt_with_secret=settings.decrypt_with_secret,
            scopes=settings.scopes,
            authorization=_authorization(settings),
            id_token_algorithms=settings.id_token_algorithms,
            require_encrypted_id_token=settings.require_encrypted_id_token,
            require_signed_userinfo=settings.require_signed_userinfo,
            preset=settings.preset,
            tenants=settings.tenants,
            timeout=settings.timeout,
            ca_file=settings.ca_file,
            internal_base_url=settings.internal_base_url,
            allow_insecure_http_hosts=conf.relyant_settings().allow_insecure_http_hosts,
            claims_providers=settings.claims_providers,
            needed_claims=make_policy(settings).claim_names if settings.claims_providers else (),
        )
    except _core.RelyantError as error:
        setting, hint = _MENDS.get(error.code, ("", ""))
        path = f"RELYANT.PROVIDERS.{settings.name}{setting and f'.{setting}'}"
        raise conf.ConfigurationError(Problem(path, str(error), hint)) from error


def _authorization(settings: ProviderSettings) -> _core.AuthorizationOptions:
    """Make what is asked of each sign-in. Raises ConfigurationError with the paths of the settings."""
    options: dict[str, dict[str, Any]] = {
        "PROMPT": {"prompt": settings.prompt},
        "MAX_AGE": {"max_age": settings.max_age},
        "ACR_VALUES": {"acr_values": settings.acr_values},
        "AMR_VALUES": {"amr_values": settings.amr_values},
        "CLAIMS": {"claims": json.dumps(dict(settings.claims)) if settings.claims else None},
        "RESOURCE": {"resources": settings.resource},
        "UI_LOCALES": {"ui_locales": () if settings.ui_locales == VISITOR else settings.ui_locales},
        "EXTRA_PARAMETERS": {"extra_parameters": dict(settings.extra_parameters)},
        "RESPONSE_MODE": {"response_mode": settings.response_mode if settings.posts_back else None},
    }
    problems = []
    for key, option in options.items():
        try:
            _core.AuthorizationOptions(**option)
        except _core.RelyantError as error:
            problems.append(Problem(f"RELYANT.PROVIDERS.{settings.name}.{key}", str(error)))
    if problems:
        raise conf.ConfigurationError(*problems)
    together = {name: value for option in options.values() for name, value in option.items()}
    return _core.AuthorizationOptions(**together)


def _make(settings: ProviderSettings) -> Provider:
    insecure = conf.relyant_settings().allow_insecure_http_hosts
    if insecure:
        logger.warning(
            "ALLOW_INSECURE_HTTP_HOSTS: tokens and secrets of provider %s may travel unencrypted to %s",
            settings.name,
            ", ".join(insecure),
        )
    return Provider(settings, make_relying_party(settings), make_policy(settings))


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "RELYANT":
        _made.clear()


setting_changed.connect(_forget, dispatch_uid="relyant.registry")
