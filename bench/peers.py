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
        """Return the grants, each role with its place, and a reason a rule."""
        roles = self._roles(json.loads(text))
        reasons = [self._reason(f"group:{name}", needs, roles) for name, needs in sorted(self.groups.items())]
        groups = [
            name for name, reason in zip(sorted(self.groups), reasons, strict=True) if reason["granted"]
        ]
        staff = self._reason("staff", self.staff, roles)
        superuser = self._reason("superuser", self.superuser, roles)
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

    @staticmethod
    def _reason(effect: str, needs: list[str], roles: Mapping[str, dict[str, str]]) -> dict[str, Any]:
        because = next((roles[role] for role in needs if role in roles), None)
        return {"effect": effect, "granted": because is not None, "because": because, "needs": needs}
