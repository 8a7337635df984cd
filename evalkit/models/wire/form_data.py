"""A file as a form carries it: ``multipart/form-data`` (RFC 7578)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping


def form_data(fields: Mapping[str, str], name: str, file_name: str, content: bytes) -> tuple[bytes, str]:
    """The body and its content type. Names and values are ours: plain words without quotes."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
    before = "".join([*parts, head, "Content-Type: application/jsonl\r\n\r\n"]).encode()
    return b"".join([before, content, f"\r\n--{boundary}--\r\n".encode()]), (
        f"multipart/form-data; boundary={boundary}"
    )
