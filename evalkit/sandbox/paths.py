"""What of this machine the inside may see; see ``inside.library``."""

from __future__ import annotations

from pathlib import Path

from evalkit.sandbox.inside import library

#: The folder that holds the package ``inside``, which runs as one of its own there.
ROOT = Path(__file__).resolve().parent
INSIDE = str(ROOT / "inside")


def interpreter() -> str:
    """The interpreter itself, not the link to it that a virtual environment has."""
    return library.interpreter()


def visible() -> list[str]:
    """Existing paths that the inside needs to read; ``INSIDE`` is the last, as it may lie in a hidden one."""
    return [*library.visible(), INSIDE]


def hidden() -> list[str]:
    """Folders of installed packages beneath ``visible``, which nobody inside sees."""
    return library.packages(library.visible())


def private() -> str:
    """Where a sample finds the folder of its own: ``/tmp``, unless its interpreter lives beneath that."""
    return "/private" if any(path.startswith("/tmp/") for path in library.visible()) else "/tmp"
