"""The proxy that the environment names for an address: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from evalkit.errors import ModelSpecError


@dataclass(frozen=True)
class Proxy:
    """``url`` may carry credentials of the proxy's own; ``place`` is host and port alone, for messages."""

    url: str
    place: str


def proxy_for(base: SplitResult) -> Proxy | None:
    """The proxy for an address; None where none is named, where ``NO_PROXY`` has the host, and for loopback.

    Raises ModelSpecError on one that is not an http(s) address.
    """
    host = base.hostname or ""
    if is_loopback(host):
        return None
    # Loads http.client: only for who connects to another machine.
    from urllib.request import getproxies, proxy_bypass

    named = getproxies().get(base.scheme)
    if not named or proxy_bypass(base.netloc.rpartition("@")[2]):
        return None
    try:
        found = urlsplit(named if "://" in named else f"http://{named}")
        port = f":{found.port}" if found.port else ""
    except ValueError:
        found, port = urlsplit(""), ""
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ModelSpecError(
            f"{base.scheme.upper()}_PROXY is not an http(s) address",
            hint=f"fix it, or put {host} into NO_PROXY",
        )
    return Proxy(found.geturl(), f"{found.hostname}{port}")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
