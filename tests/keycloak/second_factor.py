"""The flow that the how-to on second factors makes: a password is `silver`, a one-time code beside it `gold`."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import time
from contextlib import contextmanager

from realm import CLIENT_ID, NAME
from tests.keycloak.knobs import Knobs

PERSON, TOTP_SECRET = "otto", "a secret of twenty b"


@contextmanager
def second_factor(realm):
    """Make the flow of the how-to, and somebody who has a second factor; remove both in the end."""
    ask = realm._admin
    flows = f"/{NAME}/authentication/flows"

    def add(parent, kind, **members):
        ask("POST", f"{flows}/{parent.replace(' ', '%20')}/executions/{kind}", members)
        (made,) = [
            one
            for one in ask("GET", f"{flows}/step-up/executions")
            if members.get("alias", members.get("provider"))
            in (one.get("displayName"), one.get("providerId"))
            and one["id"] not in known
        ]
        known.add(made["id"])
        return made

    def require(execution, word):
        ask("PUT", f"{flows}/step-up/executions", {**execution, "requirement": word})

    known = set()
    top = {"alias": "step-up", "providerId": "basic-flow", "topLevel": True, "builtIn": False}
    ask("POST", flows, top)
    require(add("step-up", "execution", provider="auth-cookie"), "ALTERNATIVE")
    require(add("step-up", "flow", alias="levels", type="basic-flow"), "ALTERNATIVE")
    for level, step in ((1, "auth-username-password-form"), (2, "auth-otp-form")):
        require(add("levels", "flow", alias=f"level {level}", type="basic-flow"), "CONDITIONAL")
        condition = add(f"level {level}", "execution", provider="conditional-level-of-authentication")
        require(condition, "REQUIRED")
        config = {"loa-condition-level": str(level), "loa-max-age": "36000"}
        ask(
            "POST",
            f"/{NAME}/authentication/executions/{condition['id']}/config",
            {"alias": f"level {level}", "config": config},
        )
        require(add(f"level {level}", "execution", provider=step), "REQUIRED")
    (flow,) = [one["id"] for one in ask("GET", flows) if one["alias"] == "step-up"]
    otp = {
        "type": "otp",
        "secretData": json.dumps({"value": TOTP_SECRET}),
        "credentialData": json.dumps(
            {"subType": "totp", "digits": 6, "period": 30, "counter": 0, "algorithm": "HmacSHA1"}
        ),
    }
    user = {
        "username": PERSON,
        "email": f"{PERSON}@brewery.example",
        "firstName": "Otto",
        "lastName": "Oat",
        "enabled": True,
        "credentials": [{"type": "password", "value": PERSON, "temporary": False}, otp],
    }
    ask("POST", f"/{NAME}/users", user)
    realm.set_roles(PERSON, ["customers"])
    knobs = Knobs(realm)
    knobs.turn(
        attributes={"acr.loa.map": json.dumps({"silver": "1", "gold": "2"})},
        authenticationFlowBindingOverrides={"browser": flow},
    )
    yield knobs
    knobs.undo()
    (client,) = ask("GET", f"/{NAME}/clients?clientId={CLIENT_ID}")
    ask(
        "PUT",
        f"/{NAME}/clients/{client['id']}",
        {**client, "authenticationFlowBindingOverrides": {"browser": ""}},
    )
    ask("DELETE", f"/{NAME}/users/{realm._user_id(PERSON)}")
    ask("DELETE", f"{flows}/{flow}")


def one_time_code():
    """RFC 6238, as an authenticator app computes it."""
    digest = hmac.new(TOTP_SECRET.encode(), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"
