"""A login without a site: nobody listens at its address, and the test is what the site would be, and the browser."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from tests.keycloak.browser import Browser

REDIRECT_URI = "http://127.0.0.1:1/oidc/callback/keycloak/"


def sign_in(party, name):
    """Sign somebody in at a relying party: her identity, and her browser.

    What Keycloak posts by a form is read as the query that it would else be.
    """
    browser, login = Browser(), party.begin_login(REDIRECT_URI)
    form = browser.get(login.url).form(having="username")
    answer = browser.submit(form, follow=False, username=name, password=name)
    if answer.status == 200:
        posted = answer.form(to=REDIRECT_URI)
        assert posted.method == "post"
        parameters = urlencode(posted.fields)
    else:
        parameters = urlsplit(answer.location).query
    return party.complete_login(parameters, login.transaction, REDIRECT_URI), browser
