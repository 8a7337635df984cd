"""A plug-in that does not say what evalkit reads of it is refused with the member and what has it."""

from __future__ import annotations

import pytest

from evalkit import registry
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError, UnknownNameError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.registry import Registry


class Bare:
    """It has a name, and nothing else."""

    name = "bare"


def open_bare(spec: ModelSpec, settings: ModelSettings) -> Bare:
    return Bare()


@pytest.mark.parametrize(
    ("entries", "member", "base"),
    [(registry.SCORERS, "main", "BaseScorer"), (registry.METRICS, "kind", "BaseMetric")],
)
def test_a_class_that_derives_from_nothing_is_refused(
    entries: Registry, member: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(entries._targets, "bare", f"{__name__}:Bare")
    with pytest.raises(UnknownNameError, match=f"'bare' does not declare its '{member}'") as caught:
        entries.get("bare")
    assert base in (caught.value.hint or "")


def test_a_model_that_derives_from_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.MODELS._targets, "bare", f"{__name__}:open_bare")
    with pytest.raises(ModelSpecError, match=r"'bare' does not declare its 'spec'.*evalkit.BaseModel"):
        open_model(ModelSpec("bare", "x"), ModelSettings())
