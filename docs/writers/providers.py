"""The list of providers with a preset, and what each preset says, from the files that the core reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from writers.markdown import NOTE, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PRESETS = Path(__file__).resolve().parents[2] / "crates" / "relyant-policy" / "presets"
# What a preset's file leaves out.
_USUAL_SCOPES = ["openid", "profile", "email"]
_USUAL_LOGOUT = {"return_parameter": "post_logout_redirect_uri", "id_token_hint": True}
# Each word of `access_tokens.leniencies`, with what RFC 9068 wants.
LENIENCIES = {
    "header_type_jwt": "The header's type may be `JWT` (§2.1). Then the claims show that it is no ID token.",
    "header_type_absent": "The header may have no type (§2.1). Then the claims show that it is no ID token.",
    "client_id_from_azp": "The client is named in `azp`, where there is no `client_id` (§2.2).",
    "client_id_from_cid": "The client is named in `cid`, where there is no `client_id` (§2.2).",
    "scope_from_scp": "The scopes are in `scp`, a list or one text, where there is no `scope` (§2.2.3).",
    "jti_absent": "There may be no `jti` (§2.2).",
    "subject_absent": "There may be no `sub` (§2.2): such a token is a client's own.",
}
# Not beside this page: one has had a page of its own for longer, the other is no product.
_ELSEWHERE = {"keycloak": "../keycloak.md", "generic": "#any-other-provider"}


def page() -> str:
    """The providers with a preset, what is forgiven of access tokens, and what to do with any other."""
    asked_to_sign_out = "signing out, if there is an end-session endpoint"
    head = (
        "provider",
        "`PRESET`",
        "roles",
        "user name",
        "scopes, if `SCOPES` is left out",
        asked_to_sign_out,
    )
    return "\n".join(
        [
            "# Providers\n",
            NOTE,
            _WHAT,
            table(head, [_row(name) for name in names()]),
            _HOW_THEY_KNOW,
            _ACCESS_TOKENS,
            table(("forgiven", "what that is"), [(f"`{name}`", what) for name, what in LENIENCIES.items()]),
            _ANY_OTHER,
        ]
    )


def names() -> list[str]:
    """Every preset, in alphabetical order."""
    return sorted(path.stem for path in PRESETS.glob("*.json"))


def read(name: str) -> dict[str, Any]:
    """A preset's file."""
    preset: dict[str, Any] = json.loads((PRESETS / f"{name}.json").read_text())
    return preset


def rows(name: str) -> list[tuple[str, str]]:
    """What a preset says, for the table on its provider's page."""
    preset = read(name)
    fields = preset["user"].items()
    return [
        ("`PRESET`", f"`{name}`"),
        ("roles", _roles(preset)),
        ("scopes, if `SCOPES` is left out", _code(preset.get("scopes", _USUAL_SCOPES))),
        ("user fields", ", ".join(f"`{field}` ← `{'.'.join(claim)}`" for field, claim in fields)),
        ("the person", f"`{preset.get('account', {}).get('subject', 'sub')}` of the ID token"),
        ("userinfo", "asked" if preset.get("userinfo", True) else "not asked"),
        *_own_ways(preset),
        ("signing out", _logout(preset)),
        ("[forgiven](index.md#access-tokens) of access tokens", _leniencies(preset) or "nothing"),
    ]


def _row(name: str) -> tuple[str, ...]:
    preset = read(name)
    title = preset["title"] or "any other"
    said = dict(rows(name))
    return (
        f"[{title}]({_ELSEWHERE.get(name, f'{name}.md')})",
        said["`PRESET`"],
        said["roles"],
        f"`{'.'.join(preset['user']['username'])}`",
        said["scopes, if `SCOPES` is left out"],
        said["signing out"],
    )


def _roles(preset: dict[str, Any]) -> str:
    places = [one if isinstance(one, dict) else {"path": one} for one in preset["roles"]]
    shown = [
        f"`{'.'.join(one['path'])}`" + (f" (`{one['shape']}`)" if "shape" in one else "") for one in places
    ]
    return ", ".join(shown) or "none: `ROLES` names the place"


def _logout(preset: dict[str, Any]) -> str:
    logout = preset.get("logout", _USUAL_LOGOUT)
    return f"`{logout['return_parameter']}`, {'with' if logout['id_token_hint'] else 'without'} the ID token"


def _leniencies(preset: dict[str, Any]) -> str:
    return _code(preset.get("access_tokens", {}).get("leniencies", []))


def _own_ways(preset: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What few providers do."""
    if tenants := preset.get("tenants"):
        yield "the tenant", f"`{tenants['claim']}`; {_code(tenants['any'])} in `ISSUER` stand for any"
    if preset.get("id_token", {}).get("further_audiences"):
        yield "the ID token", "may be for others, too, if `azp` is your client"
    tokens = preset.get("access_tokens", {})
    if subject := tokens.get("subject"):
        yield "the person, in an access token", f"`{subject}`"
    marks = [f"has `{claim}`" for claim in tokens.get("service_if_present", [])]
    marks += [f"has no `{claim}`" for claim in tokens.get("service_if_absent", [])]
    marks += [f"has the `sub` `{tokens['service_subject']}`"] if "service_subject" in tokens else []
    if marks:
        yield "a client's own access token", ", or ".join(marks)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


_WHAT = """The providers that Relyant knows by name, each with a page: what to do in its console, the settings
here, and where its roles are.

[GitHub](github.md) is not among them: github.com signs nobody in by OpenID Connect.
"""

_HOW_THEY_KNOW = """## How these pages know

Keycloak's pages were carried out on a Keycloak. The others were not carried out on their provider:
what a page says of a console, a claim or a sign-out is what the provider's own documentation says,
and the page names it at its end. What Relyant makes of that is tested: each page's settings, and
its policy on samples of the claims that the provider documents.

So ask yours, before anybody else does: `manage.py relyant_doctor` prints the addresses to register
and says what doesn't fit, `relyant_doctor --login` shows what one login brings, and
`relyant_explain USER` says which role came from where.
"""

_ACCESS_TOKENS = """## Access tokens

An API gets access tokens, and the core validates them by RFC 9068. What it forgives a provider is
named one by one in its preset; that the audience is left open is never forgiven. Signing people in
doesn't depend on any of it, and this version has no settings for APIs yet.
"""

_ANY_OTHER = """## Any other provider

`"PRESET": "generic"`, or no `PRESET` at all, is for a provider that keeps to the standard. Where it
puts roles, only its documentation knows:

```{code-block} python
:caption: brewery/settings.py, at the end

RELYANT["PROVIDERS"] = {
    "brewery": {
        "ISSUER": "https://op.example",
        "CLIENT_ID": "beer",
        "CLIENT_SECRET": "beer-secret",
        "POLICY": {
            "ROLES": ["groups"],
            "GROUPS": {"customers": ["customers"], "creators": ["creators"]},
            "STAFF": ["customers", "creators", "admins"],
            "SUPERUSER": ["admins"],
        },
    },
}
```

A preset is a file, not code: `crates/relyant-policy/presets/NAME.json`, with samples of its claims
beside the tests. A new provider needs nothing else.
"""
