"""The response cache as a file: JSON lines that people review, git compares and CI carries.

One line for the form, one for each model, one for what the requests of a task share, then one for each
answer, ordered by sample, repeat and key: the same entries give the same bytes, and a changed answer is a
changed line. Images, recordings and files stand in it by their hashes alone: who asks again has them.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from evalkit.cache.entries import CacheEntry, read_all
from evalkit.cache.entry import as_object, identity_text
from evalkit.errors import UsageError
from evalkit.redaction.redact import environment_secrets, holds_key
from evalkit.redaction.secret_values import SecretValues

#: Of the file: raised when a reader of the old form would misunderstand it.
FORM = 1
SUFFIXES = (".jsonl", ".jsonl.gz")
#: Entries whose inputs are looked up together.
_BATCH = 500

InputsOf = Callable[[Sequence[CacheEntry]], Mapping[str, str]]


@dataclass
class Exported:
    """What was written.

    Attributes:
        n_bytes: of the file.
        n_cut: answers out of which a secret was cut, so that they are not found as they were.
        keys_in: sample ids of answers that hold what looks like somebody's key.
    """

    path: Path
    n_entries: int = 0
    n_models: int = 0
    n_bytes: int = 0
    n_cut: int = 0
    keys_in: tuple[str, ...] = ()


def write_file(
    directory: Path,
    path: Path,
    is_wanted: Callable[[CacheEntry], bool],
    inputs_of: InputsOf,
) -> Exported:
    """Write the entries of the cache in ``directory`` to ``path``, whole or not at all.

    Args:
        is_wanted: which of them.
        inputs_of: the rendered inputs of some entries by their keys, for people and for ``evalkit cache
            explain``.

    Raises UsageError for a name of no known kind, a folder that cannot be written, and an identity that holds
    a secret.
    """
    check_suffix(path)
    exported = Exported(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _renamed_when_whole(path) as stream:
            for line in _lines(directory, is_wanted, inputs_of, exported):
                stream.write(orjson.dumps(line) + b"\n")
        exported.n_bytes = path.stat().st_size
    except OSError as error:
        raise UsageError(
            f"it cannot be written: {error.strerror or error}", where=str(path), hint="give another path"
        ) from None
    return exported


def check_suffix(path: Path) -> None:
    """Raises UsageError unless the name says what the file is."""
    if not path.name.endswith(SUFFIXES):
        raise UsageError(
            "the name does not tell the format", where=str(path), hint="let it end in .jsonl or .jsonl.gz"
        )


@contextlib.contextmanager
def _renamed_when_whole(path: Path) -> Iterator[IO[bytes]]:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as raw:
            if path.name.endswith(".gz"):
                # Without a name and a time: equal entries are equal bytes.
                with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
                    yield packed  # type: ignore[misc]  # a GzipFile writes bytes as a file does
            else:
                yield raw
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _lines(
    directory: Path,
    is_wanted: Callable[[CacheEntry], bool],
    inputs_of: InputsOf,
    exported: Exported,
) -> Iterator[dict[str, Any]]:
    secrets = environment_secrets()
    yield {"evalkit_cache": FORM}
    models: dict[str, dict[str, Any]] = {}
    options: dict[str, dict[str, Any]] = {}
    for entry, _ in read_all(directory):
        if is_wanted(entry):
            models[entry.model_digest] = entry.identity
            if entry.parts is not None and entry.options is not None:
                options[entry.parts.options.hex()] = entry.options
    for digest, identity in sorted(models.items()):
        _refuse_secret(identity, secrets)
        yield {"model": digest, "identity": identity}
    for digest, shared in sorted(options.items()):
        if secrets.cut_all(shared) == shared:  # the digest would not be its own
            yield {"options": digest, "value": shared}
    exported.n_models = len(models)
    keys_in: dict[str, None] = {}
    wanted = ((entry, value) for entry, value in read_all(directory) if is_wanted(entry))
    while batch := list(islice(wanted, _BATCH)):
        inputs = inputs_of([entry for entry, _ in batch])
        for entry, value in batch:
            response = as_object(value)
            clean = secrets.cut_all(response)
            exported.n_cut += clean != response
            exported.n_entries += 1
            if holds_key(entry.response.output or ""):
                keys_in[entry.sample_id] = None
            yield _entry_line(entry, clean, inputs.get(entry.key), secrets)
    exported.keys_in = tuple(keys_in)


def _entry_line(
    entry: CacheEntry, response: dict[str, Any], text: str | None, secrets: SecretValues
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "entry": entry.key,
        "sample_id": entry.sample_id,
        "repeat": entry.repeat,
        "stored_at": entry.stored_at,
        "input_digest": entry.input_digest,
    }
    if entry.parts is not None:
        line["parts"] = entry.parts.written
    if text is not None and not secrets.is_in(text):
        line["input"] = text
    return {**line, "response": response}


def _refuse_secret(identity: dict[str, Any], secrets: SecretValues) -> None:
    if secrets.is_in(identity_text(identity).decode()):
        raise UsageError(
            f"the entries of model {secrets.cut(str(identity.get('name')))} are kept under a secret",
            hint="remove them: evalkit cache clear --model=TEXT",
        )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
