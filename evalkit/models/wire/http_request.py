"""What stands before the body of a request: written once for each path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yarl import URL

_DEFAULT_PORTS = {"http": 80, "https": 443}


class RequestHead:
    """POSTs to one address. Raises ValueError on a header that would end its line.

    Attributes:
        url: as it is sent.
    """

    def __init__(self, url: URL, headers: Mapping[str, str]) -> None:
        self.url = str(url)
        host = (url.raw_host or "").rstrip(".")
        host = f"[{host}]" if ":" in host else host
        place = host if url.port == _DEFAULT_PORTS.get(url.scheme) else f"{host}:{url.port}"
        lines = _lines({"Host": place, "Accept": "*/*", **headers})
        self._head = f"POST {url.raw_path_qs} HTTP/1.1\r\n".encode() + lines

    def request(self, body: bytes, headers: Mapping[str, str] | None) -> bytes:
        """The whole of it, with headers of its own."""
        more = _lines(headers) if headers else b""
        return b"%b%bContent-Length: %d\r\n\r\n%b" % (self._head, more, len(body), body)


def _lines(headers: Mapping[str, str]) -> bytes:
    text = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if text.count("\n") != len(headers) or text.count("\r") != len(headers) or "\0" in text:
        raise ValueError("a header holds the end of a line")
    return text.encode()
