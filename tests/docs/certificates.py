"""A certificate authority of one's own, and the certificate of a host: made by OpenSSL for one test."""

from __future__ import annotations

import subprocess


def make(folder, host):
    """Write `ca.pem`, and `host.pem` with `host.key`, good for the host and for loopback."""
    extensions = folder / "extensions"
    extensions.write_text(f"subjectAltName=DNS:{host},IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    run(folder, *openssl, "-subj", "/CN=Brewery CA", "-keyout", "ca.key", "-out", "ca.pem")
    request = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}"]
    run(folder, *request, "-keyout", "host.key", "-out", "host.csr")
    sign = ["openssl", "x509", "-req", "-days", "2", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    run(folder, *sign, "-in", "host.csr", "-extfile", "extensions", "-out", "host.pem")


def run(folder, *command):
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
