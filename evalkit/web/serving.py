"""Serving an application from the main thread until somebody ends it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec

from evalkit.errors import MissingExtraError
from evalkit.web.guard import Application

#: How long calls that are under way may take once the server is told to end.
_GRACE_S = 5


def require_server(extra: str, *others: str) -> None:
    """Raises MissingExtraError where what serves pages is not installed.

    Args:
        extra: the extra of evalkit that brings it.
        others: further modules that it brings.
    """
    missing = [name for name in ("starlette", "uvicorn", *others) if find_spec(name) is None]
    if missing:
        what = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
        raise MissingExtraError(what, hint=f"pip install 'pytest-evalkit[{extra}]'")


def serve(application: Application, opened: socket.socket) -> None:
    """Returns after Ctrl-C or SIGTERM, when the last call is answered. Nothing is logged: addresses may hold
    tokens."""
    import uvicorn

    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        loop="asyncio",
        http="h11",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    with opened, _ended_alike(), suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[opened])


@contextmanager
def _ended_alike() -> Iterator[None]:
    """SIGTERM ends like Ctrl-C: uvicorn raises either again when it has ended, and what comes after it must
    still be done."""
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
