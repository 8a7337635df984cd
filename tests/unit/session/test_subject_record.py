"""The id of a stored subject."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from evalkit.core.prompt import Prompt
from evalkit.core.subject import ModelSpec, Subject
from evalkit.session.units import subject_record


@dataclass
class KnownModel:
    revision: str | None = "r1"
    params: dict[str, object] = field(default_factory=lambda: {"temperature": 0})


def test_the_id_is_a_hash_of_the_columns_so_that_stored_subjects_meet_it_again() -> None:
    prompt = Prompt.parse("Say hello.")
    columns = (
        '{"model":"openai/m","model_revision":"r1","params":{"temperature":0},"prompt":"default",'
        f'"prompt_hash":"{prompt.prompt_hash}","prompt_version":null,"subject_id":""}}'
    )
    record = subject_record(Subject(ModelSpec.parse("openai/m")), KnownModel(), prompt)  # type: ignore[arg-type]
    assert record.subject_id == hashlib.sha256(columns.encode()).hexdigest()[:16]
