"""Whether a server can be reached at all: libraries ask again and again before they say so."""

from __future__ import annotations

import socket
import threading
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_TIMEOUT_S = 1.5


@cache
def is_reachable(url: str) -> bool:
    """Whether something answers at the server of ``url``, or at the proxy that leads to it, within 1.5 s.

    Asked once for each address and process.
    """
    answers: list[bool] = []
    # In a thread, as nothing bounds the time that a name takes to be looked up.
    thread = threading.Thread(target=lambda: answers.append(_answers(url)), daemon=True)
    thread.start()
    thread.join(_TIMEOUT_S)
    return bool(answers and answers[0])


def _first_hop(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme) or getproxies().get("all")
    if proxy and not proxy_bypass(parts.hostname or ""):
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.hostname or "", port


def _answers(url: str) -> bool:
    try:
        with socket.create_connection(_first_hop(url), timeout=_TIMEOUT_S):
            return True
    except (OSError, ValueError):
        return False
