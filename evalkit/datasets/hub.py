"""Datasets of the Hugging Face Hub, through the ``datasets`` library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evalkit.core.task import DatasetSpec
from evalkit.errors import DatasetError, MissingExtraError

_MIRROR = "give a local copy with --llm-data=mirror.yaml, or fill the cache of 'datasets' while online"


def load_from_hub(spec: DatasetSpec, *, is_offline: bool) -> list[dict[str, Any]]:
    """``datasets.load_dataset(path, name, split=…)`` as plain rows; offline, only what its cache holds.

    Raises MissingExtraError without the library, DatasetError when the data cannot be had.
    """
    try:
        import datasets
    except ImportError:
        mend = "pip install 'pytest-evalkit[benchmarks]', or give a local copy with --llm-data=mirror.yaml"
        raise MissingExtraError(f"dataset {spec.text} needs the library 'datasets'", mend=mend) from None
    try:
        with _quiet(is_offline=is_offline):
            options = {key: value for key, value in spec.options.items() if key != "package"}
            data = datasets.load_dataset(
                spec.path, spec.name, split=spec.split, revision=spec.revision, **options
            )
            return [dict(row) for row in data]
    except Exception as error:  # the library raises whatever its storage back ends and builders raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        state = "offline" if is_offline else "from the Hub"
        what = f"dataset {spec.text} cannot be loaded {state}: {reason}"
        raise DatasetError(what, mend=_MIRROR) from None


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
