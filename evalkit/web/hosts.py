"""Which machines a page is for: by default this one alone."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import socket
from collections.abc import Iterable
from contextlib import suppress

from evalkit.core.text import shown
from evalkit.errors import UsageError

#: Below those that systems give to outgoing connections.
_FIRST_OWN_PORT, _N_OWN_PORTS = 20_000, 10_000
_LOCAL = ("localhost", "127.0.0.1", "::1")


def listen(host: str, port: int, *, is_network_allowed: bool = False) -> socket.socket:
    """A socket that listens; ``port`` 0 takes a free one.

    Raises UsageError for an address that others can reach, unless they may, and for one that cannot be had.
    """
    if not 0 <= port <= 65_535:
        raise UsageError(f"there is no port {port}", hint="--port takes 0 to 65535; 0 takes a free one")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{shown(host)} is not an address of this machine: {why}") from None
    if not is_network_allowed and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise UsageError(
            f"--host={host} would serve to other machines, unencrypted: whoever is on the network could read "
            "answers and tokens",
            hint="keep 127.0.0.1 and forward the port (ssh -L), or add --allow-network",
        )
    opened = socket.socket(family, kind)
    try:
        if os.name == "posix":  # elsewhere it would let others listen at the same port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(128)
    except OSError as error:
        opened.close()
        hint = "--port=0 takes a free one" if port else "--host takes an address of this machine"
        raise UsageError(f"{host}:{port} cannot be had: {error.strerror}", hint=hint) from None
    return opened


def listen_at_own_port(host: str, name: str, *, is_network_allowed: bool = False) -> socket.socket:
    """As ``listen``, at a port that ``name`` always gets, or at a free one where somebody else has that.

    What a page keeps in its browser belongs to its address with the port: it finds it again after a restart.
    """
    digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    port = _FIRST_OWN_PORT + int.from_bytes(digest[:4], "big") % _N_OWN_PORTS
    try:
        return listen(host, port, is_network_allowed=is_network_allowed)
    except UsageError:
        return listen(host, 0, is_network_allowed=is_network_allowed)


def url_of(opened: socket.socket, host: str) -> str:
    """The address that a browser opens; of a socket that listens everywhere, as this machine calls itself."""
    port = opened.getsockname()[1]
    name = _own_names()[0] if _is_everywhere(host) else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def names_of(host: str) -> frozenset[str]:
    """What a Host header may say: any other name was bound to this machine by somebody else."""
    own = _own_names() if _is_everywhere(host) else []
    return frozenset(name.lower() for name in (*_LOCAL, host, *own))


def host_name(header: str) -> str:
    """The name in a Host header, without port and brackets, in lower case."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0] if ":" in name else name


def _is_everywhere(host: str) -> bool:
    return host in ("", "0.0.0.0", "::")


def _own_names() -> list[str]:
    own = socket.gethostname()
    found: Iterable[str] = ()
    with suppress(OSError):
        found = [str(each[4][0]) for each in socket.getaddrinfo(own, None, type=socket.SOCK_STREAM)]
    return list(dict.fromkeys([own, *found]))
