"""What happens on a real database, told in JSON: `python -m tests.databases.scenarios race`."""

from __future__ import annotations

import json
import os
import sys
import threading

import django

PEOPLE = 20
ISSUER = "https://sso.example.com"
ADDRESS = "carol@brewery.example"
# Each of two is the same to one database or another: letter case, trailing blanks, accents, compatibility.
SUBJECTS = (
    "a",
    "A",
    "a ",
    " a",
    "\u00e4",
    "\u00e1",
    "a\u0301",
    "\u00df",
    "ss",
    "\ufb01",
    "fi",
    "k",
    "\u212a",
)


def sign_in(subject, name="carol", roles=("customers",)):
    """Provision somebody as a callback does, with a verified address."""
    from relyant import _core, conf, provisioning

    claims = {"preferred_username": name, "email": ADDRESS, "email_verified": True}
    sources = [["id_token", claims], ["access_token", {"realm_access": {"roles": list(roles)}}]]
    policy = dict(conf.relyant_settings().providers["keycloak"].policy)
    made = _core.Policy(json.dumps(policy), preset="keycloak", client_id="beer")
    return provisioning.apply(
        provider="keycloak",
        issuer=ISSUER,
        subject=subject,
        decision=made.evaluate_claims(json.dumps(sources)),
        claims=lambda: {"id_token": claims},
    )


def together(number, act):
    """Let so many threads, each with a connection of its own, act at one moment; what they say comes back."""
    from django.db import connection

    start, said = threading.Barrier(number), []

    def run(index):
        try:
            # Connected before the start, so that they meet in the tables and not at the door.
            connection.ensure_connection()
            start.wait()
            said.append(act(index))
        except Exception as error:
            said.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def counts():
    """What there is afterwards."""
    from django.contrib.auth.models import User

    from relyant.models import Event, LinkedIdentity

    return {
        "users": User.objects.count(),
        "identities": LinkedIdentity.objects.count(),
        "created": Event.objects.filter(kind="user_created").count(),
        "adopted": Event.objects.filter(kind="adopted").count(),
    }


def subjects():
    """Each subject is somebody, and finds herself again."""
    from django.contrib.auth.models import User

    from relyant.errors import Refusal

    first, again = {}, {}
    for found in (first, again):
        for number, subject in enumerate(SUBJECTS):
            try:
                found[subject] = sign_in(subject, f"person{number}").user.pk
            except Refusal as refusal:
                found[subject] = refusal.code
    return {"first": first, "again": again, "users": User.objects.count()}


def race():
    """Twenty first logins of one person, by the whole way: all of them have been to the provider."""
    from django.contrib.sessions.models import Session
    from django.test import Client

    from relyant.testing import DevelopmentProvider

    with DevelopmentProvider() as provider:
        configure(provider.issuer)
        browsers = [Client(raise_request_exception=False) for _ in range(PEOPLE)]
        callbacks = [provider.callback(begin(browser), "carol") for browser in browsers]
        answers = together(PEOPLE, lambda index: status(browsers[index].get(callbacks[index])))
    return {"answers": answers, **counts(), "sessions": Session.objects.count()}


def configure(issuer):
    """Let the Beer site know its provider."""
    from django.test.utils import override_settings

    from tests.databases.settings import RELYANT

    keycloak = {**RELYANT["PROVIDERS"]["keycloak"], "ISSUER": issuer}
    override_settings(RELYANT={**RELYANT, "PROVIDERS": {"keycloak": keycloak}}).enable()


def begin(browser):
    """Where a browser is sent to by the login."""
    return browser.get("/oidc/login/")["Location"]


def status(answer):
    """An answer that leads on, or what the page says."""
    return "in" if answer.status_code == 302 else answer.content.decode()


def adopt():
    """Twenty first logins of one person, who has an account already."""
    account("hops")
    said = together(PEOPLE, lambda _: sign_in("sub-carol").adopted)
    return {"adoptions": said, **counts()}


def adopt_one():
    """Twenty people at the provider with one verified address, for which there is one account."""
    hers = account("hops")
    said = together(PEOPLE, lambda index: sign_in(f"sub-{index}", f"carol{index}").user.pk == hers.pk)
    return {"hers": said, **counts()}


def suffixes():
    """Twenty people of one name come at one moment."""
    said = together(PEOPLE, lambda index: sign_in(f"sub-{index}").user.get_username())
    return {"names": said, **counts()}


def demote():
    """All superusers, whom the provider made so, lose the role and come at one moment."""
    from django.contrib.auth.models import User

    for index in range(PEOPLE):
        sign_in(f"sub-{index}", f"adam{index}", roles=["admins"])
    before = User.objects.filter(is_superuser=True).count()
    said = together(PEOPLE, lambda index: sign_in(f"sub-{index}", f"adam{index}", roles=[]).user.username)
    left = User.objects.filter(is_superuser=True).count()
    return {"said": said, "before": before, "left": left}


def two_identities():
    """A person's two identities at one provider, each with a role of its own, come ten times at one moment."""
    from relyant.models import LinkedIdentity

    first = sign_in("sub-0", roles=[])
    LinkedIdentity.objects.create(
        issuer=ISSUER,
        subject="sub-1",
        user=first.user,
        last_login_at=first.linked_identity.last_login_at,
    )
    roles = (["customers"], ["creators"])
    said = together(PEOPLE, lambda index: sign_in(f"sub-{index % 2}", roles=roles[index % 2]).created)
    return {"said": said, "groups": sorted(first.user.groups.values_list("name", flat=True))}


def come_back():
    """A person's two identities, of which each has long been away with what it granted, come at one moment."""
    from datetime import timedelta

    from django.contrib.auth.models import User
    from django.utils import timezone

    from relyant.models import LinkedIdentity

    carol = User.objects.create_user("carol")
    roles = (["customers"], ["creators"])
    long_ago = timezone.now() - timedelta(days=100)
    said = []
    for _ in range(PEOPLE // 4):
        for subject, hers in enumerate(roles):
            key = {"user": carol, "issuer": ISSUER, "subject": f"sub-{subject}"}
            away = {"last_login_at": long_ago, "grants": {"groups": hers, "staff": True, "superuser": None}}
            LinkedIdentity.objects.update_or_create(**key, defaults=away)
        said += together(2, lambda index: sign_in(f"sub-{index}", roles=roles[index]).created)
    return {"said": said, "groups": sorted(carol.groups.values_list("name", flat=True))}


def unlink():
    """Somebody with two identities and no password unlinks both at one moment."""
    from django.contrib.auth.models import User

    from relyant import identities

    carol = User.objects.create_user("carol")
    rows = [row(carol, subject) for subject in ("1", "2")]
    said = together(2, lambda index: told(lambda: identities.unlink(rows[index], actor=carol)))
    return {"said": sorted(map(str, said)), **counts()}


def link():
    """Two people, in ten tabs each, want to link the same two identities, of which each can have one."""
    from django.contrib.auth.models import User

    from relyant import identities
    from relyant.models import LinkedIdentity

    users = [User.objects.create_user(name) for name in ("carol", "chris")]
    wanted = [(users[0], "1"), (users[1], "1"), (users[0], "2"), (users[1], "2")]

    def act(index):
        user, subject = wanted[index % len(wanted)]
        key = {"issuer": ISSUER, "subject": subject}
        return told(lambda: identities.link(user, provider="keycloak", **key))

    said = together(PEOPLE, act)
    owners = LinkedIdentity.objects.values("user").distinct().count()
    return {"said": sorted(set(map(str, said))), "owners": owners, **counts()}


def overtake():
    """A logout token and the login that it overtakes meet in the tables, again and again."""
    from django.test import Client

    from relyant import register
    from relyant.testing import DevelopmentProvider

    real, met = register.open_session, []
    with DevelopmentProvider() as provider:
        configure(provider.issuer)
        for _ in range(PEOPLE):
            browser, known, start = Client(), threading.Event(), threading.Barrier(2)
            callback = provider.callback(begin(browser), "carol")

            def open_session(request, record, known=known, start=start):
                # The provider's answer is there, and the session's row is not.
                known.set()
                start.wait()
                real(request, record)

            def act(index, browser=browser, callback=callback, known=known, start=start):
                if index == 0:
                    return browser.get(callback).status_code
                known.wait()
                (ended,) = provider.sign_out("carol")
                start.wait()
                return send(ended["logout_token"])

            register.open_session = open_session
            said = together(2, act)
            register.open_session = real
            met.append([sorted(map(str, said)), who(browser)])
    return {"met": met, **logouts()}


def replay():
    """Twenty copies of one logout token come at one moment."""
    from django.test import Client

    from relyant.testing import DevelopmentProvider

    with DevelopmentProvider() as provider:
        configure(provider.issuer)
        provider.sign_in(browser := Client(), "carol")
        provider.sign_in(other := Client(), "chris")
        (ended,) = provider.sign_out("carol")
        said = together(PEOPLE, lambda _: send(ended["logout_token"]))
        again = send(ended["logout_token"])
    return {"said": said, "again": again, "out": who(browser), "in": who(other), **logouts()}


def send(logout_token):
    """Post it as a provider does, and return the status."""
    from django.test import Client

    form, kind = f"logout_token={logout_token}", "application/x-www-form-urlencoded"
    return Client().post("/oidc/back-channel-logout/keycloak/", form, content_type=kind).status_code


def who(browser):
    """Who is signed in."""
    from django.contrib.auth import SESSION_KEY
    from django.contrib.auth.models import User

    found = User.objects.filter(pk=browser.session.get(SESSION_KEY)).first()
    return found and found.get_username()


def logouts():
    """What the tables say of them afterwards."""
    from relyant.models import LogoutNotice, UserSession

    return {
        "notices": LogoutNotice.objects.count(),
        "pending": LogoutNotice.objects.filter(completed_at__isnull=True).count(),
        "sessions": UserSession.objects.filter(ended_at__isnull=True).count(),
    }


def told(act):
    """The code with which something is refused; None where it isn't."""
    from relyant.errors import Refusal

    try:
        act()
    except Refusal as refusal:
        return refusal.code


def row(user, subject):
    """A linked identity."""
    from django.utils import timezone

    from relyant.models import LinkedIdentity

    return LinkedIdentity.objects.create(
        user=user, issuer=ISSUER, subject=subject, last_login_at=timezone.now()
    )


def empty_tables():
    """Let the tables be there, with nothing in them."""
    from django.core.management import call_command
    from django.db import connection

    if connection.introspection.table_names():
        call_command("flush", interactive=False, inhibit_post_migrate=True, verbosity=0)
    else:
        call_command("migrate", verbosity=0)


def account(name):
    """An account that was here before."""
    from django.contrib.auth.models import User

    return User.objects.create_user(name, email=ADDRESS, password="local")


SCENARIOS = {
    one.__name__: one
    for one in (
        subjects,
        race,
        adopt,
        adopt_one,
        suffixes,
        demote,
        two_identities,
        come_back,
        unlink,
        link,
        overtake,
        replay,
    )
}

if __name__ == "__main__":
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "tests.databases.settings"
    django.setup()
    empty_tables()
    from tests.databases import ends, renewals

    print(json.dumps((SCENARIOS | renewals.SCENARIOS | ends.SCENARIOS)[sys.argv[1]]()))
