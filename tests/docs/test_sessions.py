"""The how-tos on sessions and on emergency logins, carried out: each command, and what their words promise."""

from __future__ import annotations

import re

from tests.docs import pages

LOCAL = """from django.contrib.auth.models import User
User.objects.create_superuser("local", password="correct-horse")
carol = User.objects.get(username="carol")
carol.set_password("correct-horse")
carol.is_staff = True
carol.save()"""
WHO_GETS_IN = """from django.contrib.auth import authenticate
print([str(authenticate(None, username=name, password="correct-horse")) for name in ("carol", "local")])"""


def shape(line):
    """A line without what differs each time: moments, names that a provider draws, secrets."""
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC", "TIME", line)
    return re.sub(r"(sid |/break-glass/)[-\w]+", r"\1X", line).strip()


def test_turn_passwords_off_and_keep_a_break_glass(owner):
    """SE-07"""
    make, says, events, off, backends = pages.blocks("how-to/break-glass.md")
    owner.follow(off)
    owner.follow(backends)
    owner.check()
    owner.start()
    for name in ("adam", "carol"):
        assert owner.sign_in(name)[1].status == 200
    owner.in_shell(LOCAL)
    assert "None" in (told := owner.in_shell(WHO_GETS_IN)) and "local" in told
    visitor = owner.visitor(owner.base_url)
    page = visitor.open("/admin/login/?local=1")
    assert "Passwords are turned off here" in page.text
    assert not [form for form in page.forms if "password" in form.fields]
    written = owner.terminal("third").run(make.text, seconds=120)
    lines = {shape(line) for line in written.splitlines()}
    assert {shape(line) for line in says.text.splitlines()} <= lines
    path = re.search(r"/oidc/break-glass/[-\w]+/", written)[0]
    page = visitor.browser.submit(visitor.open(path).form())
    assert page.status == 200 and page.url.endswith("/admin/") and "Welcome, Adam" in page.text
    assert "transaction.break_glass_unusable" in owner.visitor(owner.base_url).open(path).text
    told = owner.terminal("third").run(events.text, seconds=120)
    assert "break_glass_used  adam" in told


def test_see_and_end_sessions(owner):
    template, one, says, end, prune = pages.blocks("how-to/sessions.md")
    owner.follow(template)
    owner.start()
    browsers = [owner.sign_in("carol")[0] for _ in range(2)]
    page = browsers[0].open("/oidc/sessions/")
    assert (
        "Where you are signed in" in page.text
        and "Ending a session here doesn't end it at the sign-in service" in page.text
    )
    assert len([form for form in page.forms if "end" in form.fields]) == 2
    third = owner.terminal("third")
    lines = third.run(one.text, seconds=120).splitlines()
    (wanted,) = says.text.splitlines()
    listed = [line.split("  ") for line in lines if "  carol  " in line]
    assert len(listed) == 2
    parts = shape(wanted).split("  ")
    assert all(shape("  ".join(line)).split("  ")[4:] == parts[4:] for line in listed)
    assert "Ended 2 sessions." in third.run(end.text, seconds=120)
    assert "  carol  " not in third.run(one.text, seconds=120)
    assert "Removed 0 sessions that had lapsed." in third.run(prune.text, seconds=120)
