"""Logins that race, and logins that are killed, on a database that outlives the process: `-m tests.project.scenarios race`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import django

ISSUER = "https://sso.example.com"
POLICY = json.dumps({"GROUPS": {"customers": ["customers"], "creators": ["creators"]}})
LOGINS = 20


def sign_in(*roles):
    from relyant import _core, provisioning

    claims = {"preferred_username": "carol", "realm_access": {"roles": list(roles)}}
    decision = _core.Policy(POLICY, preset="keycloak", client_id="beer").evaluate_claims(
        json.dumps([["access_token", claims]])
    )
    return provisioning.apply(provider="p", issuer=ISSUER, subject="sub-carol", decision=decision)


def counts():
    from django.contrib.auth.models import User

    from relyant.models import LinkedIdentity

    return f"{User.objects.count()} users, {LinkedIdentity.objects.count()} identities"


def race():
    """Twenty threads, each with a connection of its own, begin the same person's first login together."""
    from django.db import connection

    start, results = threading.Barrier(LOGINS), []

    def login():
        start.wait()
        results.append(sign_in("customers"))
        connection.close()

    threads = [threading.Thread(target=login) for _ in range(LOGINS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{counts()}, {len(results)} logins, {sum(result.created for result in results)} created")


def kill():
    """A process dies between two statements of a login, and another one looks what is there."""
    from django.contrib.auth.models import User

    die_in_a_login("customers")
    print(f"before the first: {counts()}")
    sign_in("customers")
    die_in_a_login("creators")
    print(f"before the second: {', '.join(User.objects.get().groups.values_list('name', flat=True))}")


def die_in_a_login(role):
    dead = subprocess.run([sys.executable, "-m", "tests.project.scenarios", "die", role], check=False)
    assert dead.returncode == -9


def die(role):
    """The user, the link and the membership are written; the transaction is open."""
    from django.db.models.signals import m2m_changed

    def killed(action, **_):
        if action == "post_add":
            os.kill(os.getpid(), 9)

    m2m_changed.connect(killed)
    sign_in(role)


if __name__ == "__main__":
    django.setup()
    scenario, *arguments = sys.argv[1:]
    if scenario != "die":
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
    {"race": race, "kill": kill, "die": die}[scenario](*arguments)
