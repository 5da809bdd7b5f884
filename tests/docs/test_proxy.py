"""The how-to on proxies: a real nginx, a real Apache and a real mod_wsgi give the provider the right redirect URI."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import ssl
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from keycloak import free_port
from relyant.testing import DevelopmentProvider
from tests.docs import certificates, pages, web_servers
from tests.docs.newcomer import WHEELS
from tests.lacking import skip_or_fail

PAGE = "how-to/proxy.md"
HOST = "beer.example.com"
PROXY_MODULES = ("ssl", "headers", "proxy", "proxy_http")


@pytest.fixture(scope="module")
def folder():
    """A folder that a web server may read that serves as somebody else; a certificate is in it."""
    with tempfile.TemporaryDirectory(prefix="relyant-docs-") as made:
        os.chmod(made, 0o755)
        certificates.make(Path(made), HOST)
        yield Path(made)


def need(program):
    """Go on only where the program is there."""
    if lack := web_servers.missing(program):
        skip_or_fail(lack)


@pytest.fixture
def site(owner):
    """The tutorial's site with the page's settings, beside the development provider."""
    settings, *_, internal = pages.blocks(PAGE)
    owner.follow(settings)
    owner.check()
    owner.start()
    return owner


def ours(owner, folder, block, port):
    """A page's snippet with our port, our files and our site."""
    text = owner.change(block.text)
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "*:443": f"*:{port}",
        f"/etc/ssl/{HOST}.pem": str(folder / "host.pem"),
        f"/etc/ssl/{HOST}.key": str(folder / "host.key"),
    }
    for words, instead in changes.items():
        text = text.replace(words, instead)
    assert "443" not in text
    assert "/etc/" not in text
    return text


def snippet(language, position=0):
    return [block for block in pages.blocks(PAGE) if block.language == language][position]


def begin_login(folder, port):
    """The answer to a browser that begins a login at the site's public address."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    connection.request("GET", "/oidc/login/", headers={"Host": HOST})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def assert_the_login_begins_right(answer):
    assert answer.status == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["redirect_uri"] == [f"https://{HOST}/oidc/callback/keycloak/"]
    assert answer.headers["Set-Cookie"].startswith("__Host-")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_nginx(site, folder):
    need("nginx")
    port = free_port()
    with web_servers.nginx(folder, ours(site, folder, snippet("nginx"), port), port):
        assert_the_login_begins_right(begin_login(folder, port))


def test_logouts_through_nginx(site, folder):
    need("nginx")
    port = free_port()
    with web_servers.nginx(folder, ours(site, folder, snippet("nginx"), port), port):
        status, headers, body = call(folder, port, "POST", "back-channel", body="logout_token=x")
        assert (status, headers["Location"]) == (400, None)
        assert json.loads(body)["error"] == "invalid_request"
        status, headers, _ = call(folder, port, "GET", "front-channel", query="?iss=x&sid=y")
        assert status == 400 and len(headers.get_all("X-Frame-Options")) == 1


def call(folder, port, method, way, *, query="", body=None):
    """The answer at the public address of a logout endpoint."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    headers = {"Host": HOST, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, f"/oidc/{way}-logout/keycloak/{query}", body, headers)
    answer = connection.getresponse()
    told = answer.status, answer.headers, answer.read()
    connection.close()
    return told


def test_a_back_channel_logout_inside_meets_no_redirect(owner):
    settings, *_, inside, _internal = pages.blocks(PAGE)
    for block in (settings, inside):
        owner.follow(block)
    owner.check()
    owner.start()
    port = urlsplit(owner.base_url).port

    def post(path, host):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        form = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, "logout_token=x", form)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    status, body = post("/oidc/back-channel-logout/keycloak/", "beer:8000")
    assert status == 400 and json.loads(body)["error"] == "invalid_request"
    assert post("/oidc/logout/", "beer:8000")[0] == 301


def test_apache(site, folder):
    need("apache2")
    port = free_port()
    text = ours(site, folder, snippet("apache"), port)
    with web_servers.apache(folder, text, port, PROXY_MODULES):
        assert_the_login_begins_right(begin_login(folder, port))


def test_apache_with_mod_wsgi(owner, folder):
    need("apache2")
    settings, *_ = pages.blocks(PAGE)
    lines = settings.text.splitlines()
    owner.add("brewery/settings.py", "\n".join(line for line in lines if "PROXY_SSL" not in line))
    with DevelopmentProvider("--port", str(owner.provider_port)):
        venv = web_servers.system_environment(folder / "venv", list(WHEELS.glob("relyant-*.whl")))
        shutil.copytree(owner.project, folder / "brewery")
        port = free_port()
        text = ours(owner, folder, snippet("apache", 1), port)
        text = text.replace("/srv/venv", str(venv)).replace("/srv/brewery", str(folder / "brewery"))
        assert "/srv" not in text
        with web_servers.apache(folder, text, port, ("ssl", "alias", "wsgi")):
            assert_the_login_begins_right(begin_login(folder, port))


def test_a_provider_with_two_addresses(owner):
    """The server asks the inner address; the browser is sent to the outer one."""
    *_, internal = pages.blocks(PAGE)
    with DevelopmentProvider() as provider:
        inner = urlsplit(provider.issuer)
        owner.changes["http://keycloak:8080"] = f"http://localhost:{inner.port}"
        owner.changes["https://sso.example.com/realms/brewery"] = provider.issuer
        owner.follow(internal)
        owner.check()
        provider.reset()
        owner.make_database()
        owner.terminal().leave_running(owner.change("python manage.py runserver 8000"))
        owner.wait_for_the_site()
        page = owner.visitor(owner.base_url).open("/oidc/login/", follow=False)
        assert page.status == 302, page.text
        assert page.location.startswith(provider.issuer)
        assert provider.requests()["metadata"] == 1
