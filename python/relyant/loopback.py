"""Which addresses never leave this machine: the same ones that the core lets go without TLS."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_IPV6 = IPv6Address("::1")


def is_loopback(url: str) -> bool:
    """Whether a URL's host is `localhost`, in 127.0.0.0/8, or `[::1]`; what is no URL is not."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    # Python 3.13 counts `::ffff:127.0.0.1` too; the versions before it and the core don't.
    return address.is_loopback if isinstance(address, IPv4Address) else address == _IPV6
