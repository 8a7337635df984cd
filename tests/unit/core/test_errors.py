"""Errors travel between processes whole, and their hints stay short."""

from __future__ import annotations

import pickle

from evalkit.errors import ModelError, TaskError, did_you_mean


def test_an_error_from_another_process_still_knows_all_that_it_knew() -> None:
    model = pickle.loads(pickle.dumps(ModelError("busy", is_retryable=True, retry_after_s=2.0)))
    task = pickle.loads(pickle.dumps(TaskError("wrong", key="gates", where="a.eval.yaml:3", hint="fix it")))
    assert (model.what, model.is_retryable, model.retry_after_s) == ("busy", True, 2.0)
    assert (str(task), task.key) == ("a.eval.yaml:3: wrong (fix it)", "gates")


def test_a_hint_names_no_thousands() -> None:
    hint = did_you_mean("nothing", [f"sample {i:05}" for i in range(10_000)])
    assert hint.startswith("known: sample 00000, ")
    assert hint.endswith("sample 00149 and 9,850 more")
