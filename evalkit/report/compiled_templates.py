"""Compiled templates, kept where Python keeps compiled modules: compiling them takes a tenth of a second."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from pickle import UnpicklingError

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from evalkit.version import __version__


class CompiledTemplates(BytecodeCache):
    """Beside the templates of ``folder``, as ``__pycache__`` stands beside modules.

    Nothing is written where Python writes no compiled modules either, nor where the folder takes no file. A
    file counts for the text that it was compiled from, this Python, Jinja, evalkit and ``settings`` alone.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        self._folder = Path(cache_from_source(str(folder / "template.py"))).parent
        self._stamp = f"{jinja2.__version__} {__version__} {settings}"

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            with self._path(bucket).open("rb") as file:
                bucket.load_bytecode(file)
        except (OSError, EOFError, ValueError, UnpicklingError):  # none, or a damaged one
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                bucket.write_bytecode(file)
            os.replace(file.name, self._path(bucket))

    def _path(self, bucket: Bucket) -> Path:
        stamp = hashlib.sha256(f"{bucket.key} {self._stamp}".encode()).hexdigest()[:16]
        return self._folder / f"{stamp}.{sys.implementation.cache_tag}.template"
