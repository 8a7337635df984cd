"""From a spec to a Model."""

from __future__ import annotations

from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingExtraError, ModelSpecError
from evalkit.models.model import Model, ModelSettings
from evalkit.redaction.redact import holds_key, redact
from evalkit.registry import MODELS

#: Provider -> the extra that brings its libraries, where that has another name.
_EXTRAS = {"llamacpp": "local", "sagemaker": "bedrock"}

#: Members of the protocol Model.
MEMBERS = (
    "spec", "revision", "params", "cache_identity", "default_concurrency", "reads_sample", "is_recorded",
    "has_latency", "carries", "lacks", "rates", "is_free", "missing_key", "check_options", "start",
    "identify", "count_tokens", "respond", "unmatched", "listen", "close",
)  # fmt: skip


def open_model(spec: ModelSpec, settings: ModelSettings) -> Model:
    """Open (not start) the Model that ``spec`` names.

    Raises UnknownNameError with what is near an unknown provider, ModelSpecError for wrong parameters and
    for a spec that holds a key, and MissingExtraError, with the pip line, where a provider's own libraries
    are missing.
    """
    _refuse_key(spec)
    factory = MODELS.get(spec.provider)
    try:
        model: Model = factory(spec, settings)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("evalkit"):
            raise
        raise missing_extra(spec.provider, error.name or "a library") from None
    _require_members(spec, model)
    return model


def _refuse_key(spec: ModelSpec) -> None:
    """A spec is a name in the store and on every page: nothing may cut a key out of it later."""
    if any(map(holds_key, (spec.text, spec.name, *spec.params.values()))):
        raise ModelSpecError(
            f"model {redact(spec.text)} holds a key",
            hint="keys are read from the environment only: name the variable with api_key_env",
        )


def _require_members(spec: ModelSpec, model: Model) -> None:
    own = vars(model) if hasattr(model, "__dict__") else {}
    missing = [name for name in MEMBERS if name not in own and not hasattr(type(model), name)]
    if missing:
        what = f"a model of provider {spec.provider!r} does not declare its {missing[0]!r}"
        raise ModelSpecError(what, hint="derive it from evalkit.BaseModel, which has a default")


def missing_extra(extra: str, library: str) -> MissingExtraError:
    """The error for a library that an extra brings."""
    extra = _EXTRAS.get(extra, extra)
    return MissingExtraError(
        f"{library} is not installed", hint=f"run: pip install 'pytest-evalkit[{extra}]'"
    )
