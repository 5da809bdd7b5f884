"""What the peers do: the same work on the same bytes, in Python.

PyJWT verifies the tokens. The policy's peer is the loop that a project would write: the same claim paths, the
same rules, the same grants, roles and reasons.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SIGNATURE_ONLY = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
_ABSENT = object()


def pyjwt(token: str, jwk: Mapping[str, Any], algorithm: str) -> Callable[[], dict[str, Any]]:
    """Verify a signature and read the claims; the key is parsed once and the claims are not judged."""
    key = jwt.PyJWK(dict(jwk), algorithm=algorithm)
    return lambda: jwt.decode(token, key, algorithms=[algorithm], options=_SIGNATURE_ONLY)


class PlainPolicy:
    """A policy as a loop over dictionaries and sets."""

    def __init__(self, document: Mapping[str, Any], client_id: str) -> None:
        """Take the document as it is: no check, no fault named."""
        self.groups = document["GROUPS"]
        self.staff = document["STAFF"]
        self.superuser = document["SUPERUSER"]
        self.paths = [("realm_access", "roles"), ("resource_access", client_id, "roles")]

    def evaluate_claims(self, text: str) -> dict[str, Any]:
        """Return what `evaluate` does of claims that are JSON text."""
        return self.evaluate(json.loads(text))

    def evaluate(self, sources: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """Return the grants, each role with its place, and a reason a rule."""
        roles = self._roles(sources)
        reasons = [
            self._reason(f"group:{name}", rule, roles, sources) for name, rule in sorted(self.groups.items())
        ]
        groups = [
            name for name, reason in zip(sorted(self.groups), reasons, strict=True) if reason["granted"]
        ]
        staff = self._reason("staff", self.staff, roles, sources)
        superuser = self._reason("superuser", self.superuser, roles, sources)
        return {
            "groups": groups,
            "staff": staff["granted"],
            "superuser": superuser["granted"],
            "roles": [roles[name] for name in sorted(roles)],
            "reasons": [*reasons, staff, superuser],
        }

    def _roles(self, sources: list[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, str]]:
        roles: dict[str, dict[str, str]] = {}
        for path in self.paths:
            for source, claims in sources:
                found = self._find(claims, path)
                if found is _ABSENT:
                    continue
                if isinstance(found, list) and all(isinstance(role, str) for role in found):
                    where = ".".join(path)
                    for role in found:
                        roles.setdefault(role, {"role": role, "path": where, "source": source})
                break
        return roles

    @staticmethod
    def _find(claims: Any, path: tuple[str, ...]) -> Any:
        for segment in path:
            if not isinstance(claims, dict) or segment not in claims:
                return _ABSENT
            claims = claims[segment]
        return claims

    def _reason(
        self,
        effect: str,
        rule: Any,
        roles: Mapping[str, dict[str, str]],
        sources: list[tuple[str, dict[str, Any]]],
    ) -> dict[str, Any]:
        if isinstance(rule, list):
            because: Any = next((roles[role] for role in rule if role in roles), None)
        else:
            parts = [self._part(condition, roles, sources) for condition in rule["all"]]
            because = parts if all(parts) else None
        return {"effect": effect, "granted": because is not None, "because": because, "needs": rule}

    def _part(
        self,
        condition: Mapping[str, Any],
        roles: Mapping[str, dict[str, str]],
        sources: list[tuple[str, dict[str, Any]]],
    ) -> Any:
        if "any" in condition:
            return next((roles[role] for role in condition["any"] if role in roles), None)
        name = condition["claim"]
        for source, claims in sources:
            found = self._find(claims, (name,))
            if found is _ABSENT:
                continue
            if "equals" in condition:
                holds = type(found) is type(condition["equals"]) and found == condition["equals"]
            else:
                local, _, domain = found.partition("@")
                holds = bool(local) and domain.lower() in condition["domain"]
            return {"claim": name, "source": source, "value": found} if holds else None
        return None
