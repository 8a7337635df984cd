"""From a spec to the Model behind it."""

from __future__ import annotations

from typing import cast

from evalkit.core.subject import ModelSpec
from evalkit.errors import EvalkitError, MissingExtraError, ModelSpecError, UnknownNameError
from evalkit.models.model import Model, ModelSettings
from evalkit.registry import MODELS

DISTRIBUTION = "pytest-evalkit"


def open_model(spec: ModelSpec, settings: ModelSettings) -> Model:
    """The Model that ``spec`` names, not yet started.

    Raises UnknownNameError on an unknown provider, MissingExtraError where its packages are not installed,
    ModelSpecError on a spec that the provider cannot read.
    """
    factory = _factory(spec)
    try:
        return cast(Model, factory(spec, settings))
    except EvalkitError:
        raise
    except Exception as error:  # a provider of somebody else
        raise ModelSpecError(
            f"provider {spec.provider!r} failed to open: {type(error).__name__}: {error}", where=spec.text
        ) from error


def missing_extra(what: str, extra: str) -> MissingExtraError:
    """The error for a package that an extra of this distribution brings."""
    return MissingExtraError(what, mend=f"run: pip install '{DISTRIBUTION}[{extra}]'")


def _factory(spec: ModelSpec):  # type: ignore[no-untyped-def]
    try:
        return MODELS.get(spec.provider)
    except UnknownNameError as error:
        if spec.provider in _declared_extras():
            raise missing_extra(f"model provider {spec.provider!r} is not installed", spec.provider) from None
        raise UnknownNameError(error.what, where=spec.text, mend=error.mend) from None
    except ImportError as error:
        raise missing_extra(
            f"model provider {spec.provider!r} cannot be loaded: {error}", spec.provider
        ) from error


def _declared_extras() -> frozenset[str]:
    """Extras that the installed distribution really has: no message names one that pip would not know."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        return frozenset(metadata(DISTRIBUTION).get_all("Provides-Extra") or ())
    except PackageNotFoundError:
        return frozenset()
