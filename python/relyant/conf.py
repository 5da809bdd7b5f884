"""Relyant's settings, parsed once into frozen dataclasses; the only reader of Django's settings.

A key that nobody reads, a missing one and a value of a wrong type are found when the project starts, all at
once (`checks`). Danger is spelled out: there is one setting that weakens anything, and its name says so.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import MISSING, dataclass, field, fields
from datetime import timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from django.conf import global_settings
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from relyant import _core, setting_types
from relyant.setting_types import Demand, PrivateKey, Problem, SettingType, WrongValueError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.http import HttpRequest

# The length of `LinkedIdentity.issuer`.
MAX_ISSUER_LENGTH = 255

# Keys of a provider that have their meaning already, but not in this version.
_LATER_KEYS = ("AUDIENCE",)
_PROVIDER_NAME = re.compile(r"[-a-zA-Z0-9_]+")


class ConfigurationError(ImproperlyConfigured):
    """The settings can't be used. `problems` has everything that is wrong with them."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class SettingDoc:
    """One row of the settings reference."""

    name: str
    where: str
    type: str
    default: str
    help: str
    example: str


@dataclass(frozen=True)
class _Setting:
    """What a field's metadata says: the shape of its value, its default, and its row in the reference."""

    shape: SettingType
    default: Any
    help: str
    example: str


def _setting(
    shape: SettingType, *, about: str, example: str, default: Any = MISSING, secret: bool = False
) -> Any:
    setting = _Setting(shape, default, " ".join(about.split()), example)
    return field(repr=not secret, metadata={"setting": setting})


def _issuer(value: Any, path: str) -> str:
    issuer: str = setting_types.TEXT.parse(value, path)
    if len(issuer) > MAX_ISSUER_LENGTH:
        raise WrongValueError(Problem(path, f"must have at most {MAX_ISSUER_LENGTH} characters"))
    return issuer


def _preset(value: Any, path: str) -> str:
    names = _core.preset_names()
    called = value.lower().replace("_", "-") if isinstance(value, str) else ""
    # Few names, each read from its file: not for the one that is right.
    meant = () if value in names else [one for one in names if called in _core.preset_also_called(one)]
    if meant:
        hint = f'Did you mean "{meant[0]}"?'
        raise WrongValueError(Problem(path, f"is called otherwise here, got `{value}`", hint))
    preset: str = setting_types.choice(*names).parse(value, path)
    return preset


def _providers(value: Any, path: str) -> Mapping[str, ProviderSettings]:
    providers = setting_types.require_mapping(value, path)
    if not providers:
        hint = "Name one provider with its ISSUER and CLIENT_ID."
        raise WrongValueError(Problem(path, "must not be empty", hint))
    parsed = setting_types.collect(
        {name: (_provider, one, f"{path}.{name}") for name, one in providers.items()}
    )
    return MappingProxyType(parsed)


def _provider(value: Any, path: str) -> ProviderSettings:
    name = path.removeprefix("RELYANT.PROVIDERS.")
    if not _PROVIDER_NAME.fullmatch(name):
        hint = "It is part of the redirect URI: letters, digits, hyphens and underscores."
        raise WrongValueError(Problem(path, "the name can't stand in a URL", hint))
    parsed = _section(ProviderSettings, value, path)
    if "SCOPES" not in value:
        parsed["scopes"] = tuple(_core.preset_scopes(parsed["preset"])) or parsed["scopes"]
    return ProviderSettings(name=name, **parsed)


@dataclass(frozen=True)
class ProviderSettings:
    """One provider: `RELYANT["PROVIDERS"][name]`."""

    name: str
    issuer: str = _setting(
        SettingType("string", _issuer),
        about="The provider's issuer identifier, exactly as its metadata says it, trailing slash included.",
        example='"https://sso.example.com/realms/brewery"',
    )
    client_id: str = _setting(
        setting_types.TEXT, about="The client that is registered at the provider.", example='"beer"'
    )
    client_secret: str | None = _setting(
        setting_types.TEXT,
        about="The client's secret. Leave the key out for a public client.",
        example='os.environ["BEER_CLIENT_SECRET"]',
        default=None,
        secret=True,
    )
    label: str | None = _setting(
        setting_types.optional(setting_types.WORDS),
        about="""What visitors know the provider as, such as on the admin's button; it may be a lazy
        translation. Left out: the preset's title, where no other provider has it, or the provider's name.""",
        example='"your brewery account"',
        default=None,
    )
    preset: str = _setting(
        SettingType("name of a preset", _preset),
        about="Where this kind of provider puts roles and names.",
        example='"keycloak"',
        default="generic",
    )
    policy: Mapping[str, Any] = _setting(
        setting_types.JSON_OBJECT,
        about="""Which of the provider's roles mean what here: GROUPS, STAFF, SUPERUSER, PERMISSIONS, ALLOW,
        ROLES, USER, HOOK, and what goes with them.""",
        example='{"GROUPS": {"customers": ["customers"]}, "STAFF": ["admins"]}',
        default=MappingProxyType({}),
    )
    tenants: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""The tenants whose people may sign in, by their identifiers: for an issuer that stands for all
        tenants of a provider, and for no other. Nobody else's people get in.""",
        example='["8a1f4c0e-2b56-4d0a-9c0f-3f6c1d2e7b10"]',
        default=(),
    )
    scopes: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""The scopes to ask for; `openid` is added when it is missing. Left out: the preset's, if its
        provider needs others than these for names and roles.""",
        example='["openid", "profile", "email", "groups"]',
        default=("openid", "profile", "email"),
    )
    client_auth: str | None = _setting(
        setting_types.optional(
            setting_types.choice(
                "private_key_jwt", "client_secret_basic", "client_secret_post", "client_secret_jwt", "none"
            )
        ),
        about="""How the client shows who it is. Left out: as the provider's metadata offer it, by
        `PRIVATE_KEY` where there is one, or else by the secret, Basic first. With `client_secret_jwt` the
        secret itself isn't sent; it has at least 32 characters. `none` is a public client's.""",
        example='"client_secret_post"',
        default=None,
    )
    private_key: PrivateKey | None = _setting(  # noqa: RUF009  a field, as the others are
        setting_types.optional(setting_types.PRIVATE_KEY),
        about="""The client's private keys: a file that `manage.py relyant_keys make` wrote, or a private JWK
        or JWK Set, or a PEM. The first that signs proves who the client is, in the place of a secret; those
        with `"use": "enc"` open ID tokens and userinfo that the provider encrypts; a key without `use` does
        what its kind can. The public halves are at `jwks/NAME/` below Relyant's addresses.""",
        example='BASE_DIR / "beer-keys.json"',
        default=None,
        secret=True,
    )
    decrypt_with_secret: bool = _setting(
        setting_types.FLAG,
        about="""Whether the client secret opens what the provider encrypts, by the method `dir`: both sides
        derive the key from it (OpenID Connect Core §10.2).""",
        example="True",
        default=False,
    )
    id_token_algorithms: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""The algorithms that an ID token may be signed with. Left out: those of the provider's
        metadata, all of them signatures with a public key. `["HS256"]` is for a provider that authenticates
        ID tokens with the client secret, which is as long as the hash then: 32 characters, 48 for HS384, 64
        for HS512.""",
        example='["ES256"]',
        default=(),
    )
    require_encrypted_id_token: bool = _setting(
        setting_types.FLAG,
        about="""Whether an ID token that isn't encrypted is refused. Encrypted ones are opened without this
        setting, wherever `PRIVATE_KEY` has the key.""",
        example="True",
        default=False,
    )
    claims_providers: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""Issuers that are believed where the provider says that others keep claims for it
        (`_claim_names`, OpenID Connect Core §5.6.2): the JWT must be signed by one of them, and is fetched
        from one of their hosts alone, and only for a claim that the policy looks at. The provider itself may
        be among them.""",
        example='["https://hr.example.com"]',
        default=(),
    )
    require_signed_userinfo: bool = _setting(
        setting_types.FLAG,
        about="""Whether claims from the userinfo endpoint count only where they are signed, for this issuer
        and client. Signed ones are verified without this setting.""",
        example="True",
        default=False,
    )
    prompt: str | None = _setting(
        setting_types.optional(setting_types.TEXT),
        about="""What the provider is to ask whoever it knows already: `"login"` for a sign-in each time,
        `"select_account"` for which account, `"consent"` for leave; several go with a blank between.
        `"none"` shows nothing, and refuses whom the provider doesn't know.""",
        example='"login"',
        default=None,
    )
    max_age: int | None = _setting(
        setting_types.optional(setting_types.WHOLE_SECONDS),
        about="""How long ago a person may have signed in at the provider, in seconds; who did before signs in
        again. The ID token must say that it is so.""",
        example="3600",
        default=None,
    )
    acr_values: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""The authentication context classes that a sign-in must have one of, the most wanted first: a
        second factor, say. The ID token must say that it is so, by `acr`.""",
        example='["gold"]',
        default=(),
    )
    amr_values: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""The authentication methods that a sign-in must have used one of, for providers that tell them
        by `amr` in the ID token. No request can ask for them.""",
        example='["mfa", "hwk"]',
        default=(),
    )
    claims: Mapping[str, Any] = _setting(
        setting_types.JSON_OBJECT,
        about="""Claims to ask for one by one, where the provider takes the parameter `claims`: `id_token` and
        `userinfo`, each with claims that are None or say what is wanted. What it asks of the ID token's
        `acr`, and an essential `auth_time`, must come.""",
        example='{"id_token": {"email": {"essential": True}}}',
        default=MappingProxyType({}),
    )
    resource: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""The APIs that the access token is to be for, where the provider takes the parameter
        `resource` (RFC 8707): each an absolute URI.""",
        example='["https://api.brewery.example/"]',
        default=(),
    )
    ui_locales: str | tuple[str, ...] = _setting(
        setting_types.LOCALES,
        about="""The languages of the provider's pages, the best first; or `"visitor"`, for the language that
        Django has found for her.""",
        example='"visitor"',
        default=(),
    )
    extra_parameters: Mapping[str, str] = _setting(
        setting_types.TEXTS_BY_NAME,
        about="""Further parameters of the authorization request, for what this provider alone knows. None
        that the protocol has a meaning for.""",
        example='{"kc_idp_hint": "corporate"}',
        default=MappingProxyType({}),
    )
    response_mode: Literal["query", "form_post"] = _setting(
        setting_types.choice("query", "form_post"),
        about="""How the provider answers: in the address, or by a form that its page posts, which keeps the
        authorization code out of every log. Browsers withhold a session from another site's form, so nothing
        of an anonymous session is kept then. `form_post` needs https, but for loopback addresses.""",
        example='"form_post"',
        default="query",
    )
    link: str = _setting(
        setting_types.choice_or_callable("never", "verified-email", "username"),
        about="""Which account that was here before a first sign-in takes over: `"never"` one;
        `"verified-email"`, the one active account with her address, where the provider says that it is
        verified; `"username"`, the one with her user name, which is for a provider alone that lets nobody
        choose it; or what a callable says, by its dotted path. Each is an event, and the account's password
        and former sessions end with it.""",
        example='"verified-email"',
        default="never",
    )
    link_until: datetime | None = _setting(  # noqa: RUF009  a field, as the others are
        setting_types.optional(setting_types.LAST_MOMENT),
        about="""The last moment at which a first sign-in may take an account over; a date ends with its day
        by UTC. Afterwards `LINK` counts as `"never"`.""",
        example='"2027-03-31"',
        default=None,
    )
    link_domains: tuple[str, ...] = _setting(
        setting_types.HOSTS,
        about="""Where an address decides: the domains whose addresses this provider is believed to verify.
        Left out: any. Name them where the provider is one for everybody.""",
        example='["brewery.example"]',
        default=(),
    )
    link_privileged: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""The user names of those who may be taken over though they are staff or superuser. They keep
        their password, for the day on which the provider is away.""",
        example='["adam"]',
        default=(),
    )
    username_collision: Literal["refuse", "suffix"] = _setting(
        setting_types.choice("refuse", "suffix"),
        about="""What happens to somebody whose user name another account has: `"refuse"` her, or give her the
        name with a `"suffix"` of her own, which is the same each time, such as `carol-x7km`. An e-mail
        address that signs in gets none.""",
        example='"suffix"',
        default="refuse",
    )
    hosts: tuple[str, ...] = _setting(
        setting_types.HOSTS,
        about="""Where a site has several providers: the hosts of the site whose visitors sign in by this one,
        without being asked which.""",
        example='["partners.brewery.example"]',
        default=(),
    )
    email_domains: tuple[str, ...] = _setting(
        setting_types.HOSTS,
        about="""Where a site has several providers: the domains of the e-mail addresses that lead to this
        one from the page that asks which. It says nothing about who may come in.""",
        example='["brewery.example"]',
        default=(),
    )
    ca_file: str | None = _setting(
        setting_types.optional(setting_types.FILE),
        about="A PEM file with a private certificate authority, trusted besides the system's.",
        example='BASE_DIR / "brewery-ca.pem"',
        default=None,
    )
    timeout: float = _setting(
        setting_types.SECONDS,
        about="How long a login may wait for the provider in one step, connecting included.",
        example="3",
        default=5.0,
    )
    internal_base_url: str | None = _setting(
        setting_types.optional(setting_types.ORIGIN),
        about="""Where this server reaches the provider, when the browser reaches it under another address.
        The issuer stays the public one.""",
        example='"http://keycloak:8080"',
        default=None,
    )

    @cached_property
    def issuers(self) -> tuple[str, ...]:
        """Who vouches for its people: the issuer, or that of each tenant."""
        return tuple(_core.issuers_of_tokens(self.issuer, self.preset, self.tenants))

    @property
    def posts_back(self) -> bool:
        """Whether the provider answers by a form that its own page posts."""
        return self.response_mode == "form_post"


@dataclass(frozen=True)
class RelyantSettings:
    """The whole `RELYANT` setting."""

    providers: Mapping[str, ProviderSettings] = _setting(
        SettingType("dictionary of name to provider", _providers),
        about="""The providers by name; where there are several, visitors are asked which. The name is part of
        the redirect URI.""",
        example='{"keycloak": {"ISSUER": "…", "CLIENT_ID": "beer"}}',
    )
    admin_login: str | Mapping[str, str] = _setting(
        setting_types.per_site(setting_types.choice("redirect", "button", "off")),
        about="""What the login page of the admin does for anonymous visitors: `"redirect"` sends them to the
        provider, `"button"` adds a link to the provider above the form, `"off"` leaves it alone. With several
        admin sites: one word for all, or a word for each site's name; `"*"` stands for the sites that are not
        named, which are `"off"` without it.""",
        example='{"admin": "redirect", "brewmaster": "button", "*": "off"}',
        default="off",
    )
    group_permissions: Mapping[str, tuple[str, ...]] = _setting(
        setting_types.PERMISSIONS_BY_GROUP,
        about="""Groups as code: each group named here is created after `migrate` and has exactly these
        permissions. Other groups are left alone.""",
        example='{"customers": ["beers.view_beer"]}',
        default=MappingProxyType({}),
    )
    base_url: str | None = _setting(
        setting_types.optional(setting_types.ORIGIN),
        about="""The site's own public address, for redirect URIs. Left out: as the request says, which behind
        a proxy needs `SECURE_PROXY_SSL_HEADER` and `USE_X_FORWARDED_HOST`.""",
        example='"https://beer.example.com"',
        default=None,
    )
    keep_session_keys: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""What a visitor keeps of her anonymous session when she signs in, by session key: a shop's
        cart, say. The rest is dropped, since a stranger may have planted it. A browser withholds a session
        with `SESSION_COOKIE_SAMESITE = "Strict"` from the callback, so of that one nothing is kept.""",
        example='["cart"]',
        default=(),
    )
    grant_days: int = _setting(
        setting_types.DAYS,
        about="""For how many days after her last login by one provider somebody holds what it granted, while
        she signs in by another one. Whom the first has shut out can still use the second.""",
        example="7",
        default=30,
    )
    keep_tokens: Literal["session", "table", "none"] = _setting(
        setting_types.choice("session", "table", "none"),
        about="""Where a session's tokens are kept, sealed: in the `"session"`, in a `"table"` of Relyant's,
        which it always is where sessions are cookies, or nowhere (`"none"`). Without tokens a session isn't
        renewed, and no API can be called in its name.""",
        example='"table"',
        default="session",
    )
    token_keys: tuple[str, ...] = _setting(
        setting_types.KEYS,
        about="""Keys of their own to seal tokens with: the first seals, all of them open. Left out:
        `SECRET_KEY` and its fallbacks.""",
        example='[os.environ["BEER_TOKEN_KEY"]]',
        default=(),
        secret=True,
    )
    recheck: int | None = _setting(
        setting_types.optional(setting_types.LONG_SECONDS),
        about="""After how many seconds a session without a refresh token asks the provider again whether it
        goes on: by a redirect that shows nothing, on the next page that the visitor opens. None: never.""",
        example="900",
        default=3600,
    )
    grace: int = _setting(
        setting_types.WHOLE_SECONDS,
        about="""For how many seconds sessions go on while their provider doesn't answer. Only the provider's
        own no ends them sooner.""",
        example="3600",
        default=24 * 3600,
    )
    session_max_age: int | None = _setting(
        setting_types.optional(setting_types.LONG_SECONDS),
        about="""After how many seconds a session ends, however busy it is: she signs in again then. None: as
        Django's `SESSION_COOKIE_AGE` has it.""",
        example="12 * 3600",
        default=None,
    )
    revoke_on_logout: bool = _setting(
        setting_types.FLAG,
        about="""Whether a logout here revokes the session's tokens at the provider, where it takes that. A
        provider that doesn't answer delays the logout by `TIMEOUT` at most, and stops it never.""",
        example="True",
        default=False,
    )
    password_login: bool = _setting(
        setting_types.FLAG,
        about="""Whether people sign in by a password of this site, too. `False` closes the admin's form, and
        takes no password of anybody who has signed in by a provider; `manage.py relyant_break_glass` is the
        way in for the day on which the provider is away.""",
        example="False",
        default=True,
    )
    step_up: Mapping[str, Demand] = _setting(
        setting_types.DEMANDS,
        about="""What a sign-in must be like for single views, by their names, or by how they begin and a `*`:
        `MAX_AGE` in seconds since she signed in at the provider, `ACR_VALUES` of which it must have been one.
        Who has less is asked to sign in again.""",
        example='{"admin:*": {"ACR_VALUES": ["gold"]}, "admin:auth_user_delete": {"MAX_AGE": 300}}',
        default=MappingProxyType({}),
    )
    remember_provider: bool = _setting(
        setting_types.FLAG,
        about="""Whether a browser remembers for a year which of several providers its visitor chose, so that
        she isn't asked again.""",
        example="False",
        default=True,
    )
    admin_providers: Mapping[str, str] = _setting(
        setting_types.TEXTS_BY_NAME,
        about="""Where a site has several providers: the one by which people sign in to an admin site, by the
        site's name.""",
        example='{"admin": "keycloak"}',
        default=MappingProxyType({}),
    )
    events: Literal["changes", "all", "off"] = _setting(
        setting_types.choice("changes", "all", "off"),
        about="""Which events become rows of the table that the admin shows: `"changes"` of anybody's rights
        and links, `"all"` for sign-ins and refusals too, `"off"` for none but emergency logins. Nothing
        removes them but `manage.py relyant_events prune`.""",
        example='"all"',
        default="changes",
    )
    keep_claims: tuple[str, ...] = _setting(
        setting_types.TEXTS,
        about="""Claims that a linked identity keeps from the last sign-in, beside the roles, for the admin to
        show. Their values are personal data more often than not.""",
        example='["department"]',
        default=(),
    )
    allow_insecure_http_hosts: tuple[str, ...] = _setting(
        setting_types.HOSTS,
        about="""DANGER: hosts besides the loopback ones to which tokens and secrets may travel unencrypted.
        For a network of containers on one machine.""",
        example='["keycloak"]',
        default=(),
    )

    @cached_property
    def issuers(self) -> frozenset[str]:
        """Who vouches for people: the issuers of all providers."""
        return frozenset().union(*(one.issuers for one in self.providers.values()))

    def labels(self) -> dict[str, str]:
        """Return what visitors know each provider as, by its name. No two are called by the same title."""
        titles = {name: _core.preset_title(one.preset) for name, one in self.providers.items()}
        times = Counter(titles.values())
        usual = {name: title if title and times[title] == 1 else name for name, title in titles.items()}
        return {name: str(one.label or usual[name]) for name, one in self.providers.items()}

    def label_of(self, provider: str) -> str:
        """Return what visitors know a provider as; one that is gone from the settings goes by its name."""
        return self.labels().get(provider, provider)

    def admin_login_of(self, site: str) -> str:
        """Return the word of `ADMIN_LOGIN` for one AdminSite, by the name under which its URLs are."""
        words = self.admin_login
        return words if isinstance(words, str) else words.get(site, words.get(setting_types.OTHERS, "off"))


@lru_cache(maxsize=1)
def relyant_settings() -> RelyantSettings:
    """Parse the settings, once. Raises ConfigurationError with everything that is wrong with them."""
    raw = getattr(django_settings, "RELYANT", None)
    if raw is None:
        raise ConfigurationError(
            Problem("RELYANT", "missing", "Name your provider in it: see the quick start.")
        )
    try:
        return RelyantSettings(**_section(RelyantSettings, raw, "RELYANT"))
    except WrongValueError as wrong:
        raise ConfigurationError(*wrong.problems) from None


def usable_settings() -> RelyantSettings | None:
    """Return the settings; None where they are wrong, which is for a check to say."""
    try:
        return relyant_settings()
    except ConfigurationError:
        return None


def reference() -> list[SettingDoc]:
    """Every setting in the order of the code, for the generated reference."""
    sections = ((RelyantSettings, "RELYANT"), (ProviderSettings, 'RELYANT["PROVIDERS"][name]'))
    return [
        SettingDoc(key, where, one.shape.name, _shown(one.default), one.help, one.example)
        for section, where in sections
        for key, one in _keys(section).items()
    ]


@lru_cache(maxsize=1)
def step_up() -> Mapping[str, Demand]:
    """Return `STEP_UP`, where other settings are wrong too: a slip elsewhere opens no page.

    Raises ConfigurationError where it can't be read itself.
    """
    usable, raw = usable_settings(), getattr(django_settings, "RELYANT", None)
    if usable is not None:
        return usable.step_up
    if not isinstance(raw, dict) or "STEP_UP" not in raw:
        return MappingProxyType({})
    try:
        demands: Mapping[str, Demand] = _keys(RelyantSettings)["STEP_UP"].shape.parse(
            raw["STEP_UP"], "RELYANT.STEP_UP"
        )
    except WrongValueError as wrong:
        raise ConfigurationError(*wrong.problems) from None
    return demands


def _section(section: type, value: Any, path: str) -> dict[str, Any]:
    """The fields of one dictionary of settings, by field name."""
    raw = setting_types.require_mapping(value, path)
    keys = _keys(section)
    later = _LATER_KEYS if section is ProviderSettings else ()
    problems = [setting_types.unknown_key(path, key, list(keys), later) for key in raw if key not in keys]
    problems += [
        Problem(f"{path}.{key}", "missing", one.help)
        for key, one in keys.items()
        if key not in raw and one.default is MISSING
    ]
    parts = {key: (keys[key].shape.parse, raw[key], f"{path}.{key}") for key in keys if key in raw}
    parsed = setting_types.collect(parts, problems)
    return {key.lower(): parsed.get(key, one.default) for key, one in keys.items()}


def _keys(section: type) -> dict[str, _Setting]:
    """The keys of a section as a project writes them."""
    return {one.name.upper(): one.metadata["setting"] for one in fields(section) if one.metadata}


def _shown(default: Any) -> str:
    if default is MISSING:
        return "required"
    if isinstance(default, tuple):
        return repr(list(default))
    return repr(dict(default)) if isinstance(default, MappingProxyType) else repr(default)


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "RELYANT":
        relyant_settings.cache_clear()
        step_up.cache_clear()


setting_changed.connect(_forget, dispatch_uid="relyant.conf")


# Django's own settings, as far as Relyant heeds them.


def secrets() -> list[bytes]:
    """What cookies and sessions are sealed with: `SECRET_KEY` first, then its fallbacks (Django 4.1)."""
    keys = [django_settings.SECRET_KEY, *getattr(django_settings, "SECRET_KEY_FALLBACKS", [])]
    return [key if isinstance(key, bytes) else key.encode() for key in keys]


def token_secrets() -> list[bytes]:
    """What tokens are sealed with: `TOKEN_KEYS`, or else what everything is sealed with."""
    own = relyant_settings().token_keys
    return [key.encode() for key in own] if own else secrets()


def is_https(request: HttpRequest) -> bool:
    """Whether the browser came over https: `BASE_URL` says so, or the request."""
    base_url = relyant_settings().base_url
    return base_url.startswith("https://") if base_url else request.is_secure()


def user_model() -> str:
    """The user model's label, for foreign keys."""
    return str(django_settings.AUTH_USER_MODEL)


def login_url() -> str:
    """Where Django sends anonymous visitors: a path, a URL or a view's name."""
    return str(django_settings.LOGIN_URL)


# What `LOGIN_REDIRECT_URL` is where a project leaves it out: a page that Django itself doesn't have.
DEFAULT_LOGIN_REDIRECT_URL = str(global_settings.LOGIN_REDIRECT_URL)


def login_redirect_url() -> str:
    """Where a login without `next` ends: a path, a URL or a view's name."""
    return str(django_settings.LOGIN_REDIRECT_URL)


def logout_redirect_url() -> str | None:
    """Where a logout ends: a path, a URL or a view's name; None shows our own page."""
    target = django_settings.LOGOUT_REDIRECT_URL
    return None if target is None else str(target)


def session_engine() -> str:
    """The module that keeps sessions."""
    return str(django_settings.SESSION_ENGINE)


def session_cookie_name() -> str:
    """The name of the cookie that a session is found by, or is."""
    return str(django_settings.SESSION_COOKIE_NAME)


def session_lifetime() -> timedelta:
    """How long a session lives, counted from when it was saved last."""
    return timedelta(seconds=int(django_settings.SESSION_COOKIE_AGE))


def saves_sessions_always() -> bool:
    """Whether a session is saved at each request."""
    return bool(django_settings.SESSION_SAVE_EVERY_REQUEST)


def session_cache() -> str:
    """The class of the cache that sessions go to, where their engine is a cache."""
    cache = django_settings.CACHES.get(django_settings.SESSION_CACHE_ALIAS, {})
    return str(cache.get("BACKEND", ""))


def session_cookie_secure() -> bool:
    """Whether browsers send the session over https alone."""
    return bool(django_settings.SESSION_COOKIE_SECURE)


def session_cookie_samesite() -> str | bool | None:
    """From which sites browsers send the session along."""
    return django_settings.SESSION_COOKIE_SAMESITE


def session_cookie_domain() -> str | None:
    """The domain whose hosts get the session; None is the host that set it."""
    return django_settings.SESSION_COOKIE_DOMAIN


def allowed_hosts() -> list[str]:
    """The hosts that a request may name as this site's."""
    return list(django_settings.ALLOWED_HOSTS)


def use_x_forwarded_host() -> bool:
    """Whether a proxy's word on the host counts."""
    return bool(django_settings.USE_X_FORWARDED_HOST)


def secure_proxy_ssl_header() -> Any:
    """The header and its value by which a proxy says that a visitor came over https."""
    return django_settings.SECURE_PROXY_SSL_HEADER


def secret_key_fallbacks() -> int:
    """How many former secret keys still open what they sealed."""
    return len(getattr(django_settings, "SECRET_KEY_FALLBACKS", []))


def debug() -> bool:
    """Whether the project runs in development."""
    return bool(django_settings.DEBUG)


def middleware() -> list[str]:
    """The middleware in order, from the outside in."""
    return list(django_settings.MIDDLEWARE)


def authentication_backends() -> list[str]:
    """The authentication backends in order."""
    return list(django_settings.AUTHENTICATION_BACKENDS)


def max_form_bytes() -> int | None:
    """How many bytes of a form Django takes, files aside; None is without a limit."""
    limit = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return None if limit is None else int(limit)
