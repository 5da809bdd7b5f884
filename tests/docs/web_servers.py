"""Real web servers before a site: nginx and Apache, with a page's snippet inside the least that makes them run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import process_group

START_SECONDS = 30
STOP_SECONDS = 10
_APACHE_MODULES = Path("/usr/lib/apache2/modules")
# Where Debian's packages put the programs, which not every PATH has.
_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin"

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {snippet};
}}
"""
APACHE = """
ServerRoot {folder}
{user}
{modules}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog /dev/stderr
ServerName localhost
<IfModule wsgi_module>
    WSGISocketPrefix {folder}/wsgi
</IfModule>
Listen 127.0.0.1:{port}
Include {snippet}
"""
# Root starts it, and it serves as somebody else.
APACHE_USER = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""


def missing(program):
    """What this machine lacks for a server, in one line; None where it can run."""
    if shutil.which(program, path=_PLACES) is None:
        return f"{program} is missing: `make test-docs` as root installs it on Debian"
    return None


class WebServer:
    """One running web server, until the `with` block ends; it answers https on a port of loopback."""

    def __init__(self, program, arguments, port):
        self._command = [shutil.which(program, path=_PLACES), *arguments]
        self.port = port

    def __enter__(self):
        # As an init system starts it: nothing of our environment comes along.
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, env={"PATH": _PLACES}, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._listens():
            assert self._process.poll() is None, "the web server ended; its own words are above"
            assert time.monotonic() < deadline, f"the web server did not listen in {START_SECONDS} s"
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        process_group.stop(self._process, STOP_SECONDS)

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def nginx(folder, snippet, port):
    """Run nginx with a snippet of a page."""
    (folder / "snippet.conf").write_text(snippet)
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, snippet=folder / "snippet.conf"))
    return WebServer("nginx", ["-c", str(configuration), "-e", "stderr"], port)


def apache(folder, snippet, port, modules):
    """Run Apache with a snippet of a page and the modules that it needs."""
    (folder / "snippet.conf").write_text(snippet)
    loads = "\n".join(
        f"LoadModule {name}_module {_APACHE_MODULES}/mod_{name}.so"
        for name in ("mpm_event", "authz_core", *modules)
    )
    configuration = folder / "apache.conf"
    configuration.write_text(
        APACHE.format(
            folder=folder, port=port, user=APACHE_USER, modules=loads, snippet=folder / "snippet.conf"
        )
    )
    return WebServer("apache2", ["-D", "FOREGROUND", "-f", str(configuration)], port)


def system_environment(folder, wheels):
    """A virtual environment of the Python that mod_wsgi is built for, with Django and the wheels."""
    python = "/usr/bin/python3"
    version = subprocess.run(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(python)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    packages = folder / "lib" / f"python{version}" / "site-packages"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--target", packages]
    # Our wheel goes with every Python from 3.10 on; Django is the one that this Python can have.
    subprocess.run(
        [*install, "--python-version", version, "--only-binary=:all:", "Django", *wheels], check=True
    )
    return folder
