"""From a spec to a Model."""

from __future__ import annotations

from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingExtraError
from evalkit.models.model import Model, ModelSettings
from evalkit.registry import MODELS


def open_model(spec: ModelSpec, settings: ModelSettings) -> Model:
    """Open (not start) the Model that ``spec`` names.

    Raises UnknownNameError with what is near an unknown provider, ModelSpecError for wrong parameters, and
    MissingExtraError, with the pip line, where a provider's own libraries are missing.
    """
    factory = MODELS.get(spec.provider)
    try:
        model: Model = factory(spec, settings)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("evalkit"):
            raise
        raise missing_extra(spec.provider, error.name or "a library") from None
    return model


def missing_extra(extra: str, library: str) -> MissingExtraError:
    """The error for a library that an extra brings."""
    extra = "local" if extra == "llamacpp" else extra
    return MissingExtraError(
        f"{library} is not installed", hint=f"run: pip install 'pytest-evalkit[{extra}]'"
    )
