"""Single requests to a node, without a browser's comforts: whoever sends them sees how a connection ends."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30


@dataclass
class Answer:
    """An answer, with the cookies that the browser has after it."""

    status: int
    headers: http.client.HTTPMessage
    text: str
    cookies: dict[str, str]


def cookies_of(browser):
    """What a browser would send to a node: cookies know no ports."""
    return {one.name: one.value for one in browser.cookies if one.path == "/"}


def send(base_url, path, *, method="GET", cookies=None, body=None, headers=None):
    """The answer to one request; None where the connection ends without one."""
    address = urlsplit(base_url)
    cookies = dict(cookies or {})
    given = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    if body is not None:
        given["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body=body, headers={**given, **(headers or {})})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    for line in response.headers.get_all("Set-Cookie", []):
        for name, morsel in SimpleCookie(line).items():
            cookies.pop(name, None)
            if morsel["max-age"] != "0":
                cookies[name] = morsel.value
    return Answer(response.status, response.headers, text, cookies)
