"""Datasets of the Hugging Face Hub, through the ``datasets`` library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evalkit.core.task import DatasetSpec
from evalkit.downloads.reachable import is_reachable
from evalkit.errors import DatasetError, MissingExtraError

_REPOSITORY = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)?")
#: Builders of the library itself: with them ``data_files`` are files of this machine, or any address.
_BUILDERS = frozenset({
    "arrow", "audiofolder", "cache", "csv", "generator", "hdf5", "imagefolder", "json", "lance", "pandas",
    "parquet", "pdffolder", "spark", "sql", "text", "videofolder", "webdataset", "xml",
})  # fmt: skip
_FILES = ("data_files", "data_dir")
#: Kinds of columns that hold a file.
_MEDIA_FEATURES = ("Audio", "Image", "Pdf")
#: Others run code that comes with the data, write where they are told, or send tokens.
OPTIONS = ("data_dir", "data_files", "package", "verification_mode")
_MIRROR = "give a local copy with --llm-data=mirror.yaml, or fill the cache of 'datasets' while online"


def load_from_hub(spec: DatasetSpec, *, is_offline: bool, is_trusted: bool = True) -> list[dict[str, Any]]:
    """``datasets.load_dataset(path, name, split=…)`` as plain rows; offline, only what its cache holds.

    Where the Hub cannot be reached within a second or two, the cache alone is asked, as offline.

    Args:
        is_trusted: trusted code wrote the spec, which may name files of this machine through a builder of
            the library.

    Raises MissingExtraError without the library, DatasetError when the data cannot be had, and on options
    that a task file must not give.
    """
    if not is_trusted:
        _refuse_local(spec)
    try:
        import datasets
    except ImportError:
        hint = "pip install 'pytest-evalkit[benchmarks]', or give a local copy with --llm-data=mirror.yaml"
        raise MissingExtraError(f"dataset {spec.text} needs the library 'datasets'", hint=hint) from None
    is_cut_off = not is_offline and not _is_hub_reachable()
    try:
        with _quiet(is_offline=is_offline or is_cut_off):
            options = {key: value for key, value in spec.options.items() if key != "package"}
            data = datasets.load_dataset(
                spec.path, spec.name, split=spec.split, revision=spec.revision, **options
            )
            return [dict(row) for row in _undecoded(data)]
    except Exception as error:  # the library raises whatever its storage back ends and builders raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        state = "offline" if is_offline else "from the Hub"
        if is_cut_off:
            state = "from the cache, and the Hub cannot be reached"
        what = f"dataset {spec.text} cannot be loaded {state}: {reason}"
        raise DatasetError(what, hint=_MIRROR) from None


def _undecoded(data: Any) -> Any:
    """The dataset with images and audio as ``{"bytes": …, "path": …}``: what goes out to a model are the
    bytes of the file, and decoding them would take a library more."""
    for name, feature in (getattr(data, "features", None) or {}).items():
        if type(feature).__name__ in _MEDIA_FEATURES and getattr(feature, "decode", False):
            data = data.cast_column(name, type(feature)(decode=False))
    return data


def _refuse_local(spec: DatasetSpec) -> None:
    """A task names data of the Hub; what it says must not be taken for a path or a script of this machine."""
    where = f"dataset {spec.text}"
    if not _REPOSITORY.fullmatch(spec.path or "") or spec.path in _BUILDERS:
        what = f"path {spec.path!r} is not a dataset of the Hub"
        raise DatasetError(what, where=where, hint="write 'OWNER/NAME', or 'dataset: {file: …}' for a file")
    for option in spec.options:
        if option not in OPTIONS:
            hint = "known: " + ", ".join(OPTIONS)
            raise DatasetError(f"a task file cannot give the option {option!r}", where=where, hint=hint)
    for option in _FILES:
        for text in _texts(spec.options.get(option)):
            if text.startswith(("/", "~")) or ".." in text or ":" in text:
                raise DatasetError(f"{option} {text!r} is not a path inside the dataset", where=where)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif value is not None:
        yield str(value)


def _is_hub_reachable() -> bool:
    from huggingface_hub import constants

    return is_reachable(constants.ENDPOINT)


@contextmanager
def _quiet(*, is_offline: bool) -> Iterator[None]:
    """No progress bars; offline, no connection either (both libraries read these flags at each request)."""
    import datasets
    from huggingface_hub import constants

    before = datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    had_bars = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    if is_offline:
        datasets.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before
        if had_bars:
            datasets.enable_progress_bars()
