"""What kind of bytes a file holds: by its first ones, else by its name."""

from __future__ import annotations

import mimetypes

#: First bytes to media type; ``RIFF`` and ISO files say more in their second word.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
#: An MPEG frame: eleven set bits, then a layer that is not 0.
_MPEG_SYNC, _MPEG_MASK = 0xFFE0, 0xFFE0

#: Other names of the same type.
_SAME = {
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "image/jpg": "image/jpeg",
}


def canonical_type(media_type: str) -> str:
    """One name for each type, in lower case and without parameters."""
    bare = media_type.partition(";")[0].strip().lower()
    return _SAME.get(bare, bare)


def type_of_bytes(data: bytes) -> str | None:
    """The media type that the first bytes tell, None where they tell none."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    head = int.from_bytes(data[:2], "big")
    is_mpeg = len(data) > 2 and head & _MPEG_MASK == _MPEG_SYNC and head & 0x0006 != 0
    return "audio/mpeg" if is_mpeg else None


def type_of_name(name: str | None) -> str | None:
    """The media type that a file's suffix tells."""
    guessed = mimetypes.guess_type(name)[0] if name else None
    return canonical_type(guessed) if guessed else None
