"""``hf/…`` owes its callers what every provider does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import test_every_model as contracts


@pytest.mark.parametrize(
    "contract",
    [
        contracts.test_generation_gives_text_and_leaves_the_callers_fields_alone,
        contracts.test_ranking_gives_a_label_and_one_value_for_each_choice,
        contracts.test_what_a_model_says_of_itself_can_be_stored,
        contracts.test_a_model_that_was_never_started_can_be_closed,
    ],
    ids=lambda contract: contract.__name__,
)
def test_it_keeps_the_contract(contract: Callable[..., Any], tiny: Path, tmp_path: Path) -> None:
    for file in tiny.iterdir():
        (tmp_path / file.name).symlink_to(file)
    contract("hf", tmp_path)
