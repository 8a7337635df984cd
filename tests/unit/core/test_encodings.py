"""Texts in encodings that lack some of their signs."""

from __future__ import annotations

import pytest

from evalkit.core.encodings import in_encoding


@pytest.mark.parametrize(
    "encoding, shown",
    [
        ("utf-8", "✓ −0.1 · é"),
        ("latin-1", "+ -0.1 · é"),
        ("ascii", "+ -0.1 - \\xe9"),
        ("no-such-encoding", "+ -0.1 - \\xe9"),
        (None, "✓ −0.1 · é"),
    ],
)
def test_a_text_keeps_what_its_stream_can_take(encoding: str | None, shown: str) -> None:
    assert in_encoding("✓ −0.1 · é", encoding) == shown
