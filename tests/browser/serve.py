"""The Beer site as a program: makes its database, says a line once it is ready, and serves an inherited socket.

`python -m tests.browser.serve DESCRIPTOR [CERTIFICATE]`; a file with a certificate and its key makes it https.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from pathlib import Path

import django
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

BEER = Path(__file__).resolve().parents[2] / "demo" / "beer"
LOCAL_ADMIN = "local"


def main() -> None:
    descriptor, *certificate = sys.argv[1:]
    sys.path.append(str(BEER))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.settings"
    django.setup()
    make_database()
    server = make_server(int(descriptor), certificate)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    print("ready", flush=True)
    server.serve_forever()


def end_with_stdin() -> None:
    """End when standard input closes: the site never outlives who started it."""
    sys.stdin.buffer.read()
    os._exit(0)


def make_database() -> None:
    """The beers, and a superuser of the site's own whose password is her name."""
    from django.contrib.auth.models import User

    call_command("migrate", verbosity=0)
    User.objects.create_superuser(LOCAL_ADMIN, password=LOCAL_ADMIN)


def make_server(descriptor: int, certificate: list[str]) -> ThreadedWSGIServer:
    listener = socket.socket(fileno=descriptor)
    address = listener.getsockname()
    server = ThreadedWSGIServer(address, WSGIRequestHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = over_tls(listener, *certificate) if certificate else listener
    server.server_name, server.server_port = address
    server.setup_environ()
    # What `request.is_secure()` is told by.
    server.base_environ["HTTPS"] = "on" if certificate else "off"
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    return server


def over_tls(listener: socket.socket, certificate: str) -> socket.socket:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    # The handshake is the connection's own thread's: an idle connection holds nobody up.
    return context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)


if __name__ == "__main__":
    main()
