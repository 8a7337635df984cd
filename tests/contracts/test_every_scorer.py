"""What holds for every scorer and every assertion of the registries."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.parameters import open_plugin
from evalkit.core.response import Response
from evalkit.core.sample import Assertion, Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.errors import ScorerError, TaskError
from evalkit.registry import ASSERTIONS, SCORERS
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.scorers.open import open_scorer
from evalkit.scorers.scorer import Scorer
from tests.judges import APPROVES, DirectDoor
from tests.unit.scorers.sandbox_double import SandboxDouble, settings_with

#: Parameters of scorers that need some.
PARAMS: dict[str, dict[str, Any]] = {
    "judge": {"rubric": "It is polite."},
    "max_chars": {"value": 3},
    "max_tokens": {"value": 3},
    "min_chars": {"value": 3},
    "not_regex": {"pattern": "a"},
    "one_of": {"value": ["a", "b"]},
    "python": {"function": "tests.unit.scorers.applications:is_short"},
    "regex": {"pattern": r"(\w+)"},
}
#: Targets that fit the scorers which want something other than a text.
TARGETS: dict[str, Any] = {"json_fields": {"a": 1}, "numeric": 1}
#: Scorers that read log-probabilities alone.
RANKING = ("choice_mass", "choice_norm", "multiple_choice_brier", "multiple_choice_grade")
#: Rows that fit the scorers which read more than the target.
ROWS: dict[str, dict[str, Any]] = {
    "code": {"prompt": "def f():\n", "test": "def check(candidate): ...", "entry_point": "f"},
    **{
        name: {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
        for name in ("ifeval", "ifeval_loose")
    },
}

ENTRIES = [(registry, name) for registry in (SCORERS, ASSERTIONS) for name in registry]
every_scorer = pytest.mark.parametrize(
    "registry, name", ENTRIES, ids=[f"{registry.kind}-{name}" for registry, name in ENTRIES]
)

#: Of each law and scorer.
few = settings(max_examples=settings().max_examples // 4)

OUTPUTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "a", "b", "1", '{"a": 1}', '```json\n{"a": 2}\n```', "[" * 3000, "a or b\nor 7,000 %"]
    ),
)


def opened(registry: Any, name: str) -> Scorer:
    scorer: Scorer = open_plugin(registry.kind, name, registry.get(name), PARAMS.get(name, {}))
    return scorer


def sample_for(name: str) -> Sample:
    assertions = (Assertion("contains", {"value": "a"}), Assertion("max_chars", {"value": 5}))
    row, target = ROWS.get(name, {}), TARGETS.get(name, "a")
    return Sample("s1", "question", target, row, choices=("a", "b"), assertions=assertions)


def judged(scorer: Scorer, sample: Sample, response: Response) -> Score:
    """What the scorer says in a session, awaited where it lets one wait; no program passes there."""
    session = settings_with(SandboxDouble(ProgramOutcome("failed", "wrong answer")))
    session = replace(session, judges=DirectDoor(APPROVES))

    async def waited() -> Score:
        result = scorer.bound(session).score(sample, response)
        return result if isinstance(result, Score) else await result

    return asyncio.run(waited())


def response_for(name: str, output: str) -> Response:
    logprobs = (-1.0, -2.0) if name in RANKING else None
    return Response(output, completion_tokens=len(output), choice_logprobs=logprobs)


@every_scorer
def test_it_is_named_like_its_entry_and_documented(registry: Any, name: str) -> None:
    cls = registry.get(name)
    assert cls.name == name
    doc = inspect.getdoc(cls) or ""
    assert not doc.startswith(f"{cls.__name__}("), "a dataclass's generated docstring says nothing"
    assert doc


@pytest.mark.parametrize("name", list(SCORERS))
def test_a_scorer_is_named_like_its_file(name: str) -> None:
    assert SCORERS.get(name).__module__.rpartition(".")[2] == name


@every_scorer
def test_its_signature_is_stable_text_that_begins_with_its_name(registry: Any, name: str) -> None:
    signature = opened(registry, name).signature
    assert signature == opened(registry, name).signature
    assert signature == name or signature.startswith(f"{name}(")
    assert "\n" not in signature


@every_scorer
@few
@given(output=OUTPUTS)
def test_any_output_gives_a_share_with_one_line_of_explanation(registry: Any, name: str, output: str) -> None:
    score = judged(opened(registry, name), sample_for(name), response_for(name, output))
    assert isinstance(score, Score)
    assert score.scorer == name
    assert score.error is None
    assert score.value is not None
    assert 0 <= score.value <= 1
    assert "\n" not in (score.explanation or "")
    assert score.value == 1 or score.explanation


@every_scorer
@few
@given(output=OUTPUTS)
def test_the_same_output_gets_the_same_score(registry: Any, name: str, output: str) -> None:
    first, second = opened(registry, name), opened(registry, name)
    sample, response = sample_for(name), response_for(name, output)
    assert judged(first, sample, response) == judged(second, sample, response)


@every_scorer
def test_it_survives_pickling(registry: Any, name: str) -> None:
    scorer = opened(registry, name)
    copy = pickle.loads(pickle.dumps(scorer))
    sample, response = sample_for(name), response_for(name, "a or b")
    assert copy.signature == scorer.signature
    assert judged(copy, sample, response) == judged(scorer, sample, response)


@every_scorer
def test_it_is_immutable(registry: Any, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        opened(registry, name).signature = "other"  # type: ignore[misc]


@every_scorer
def test_a_sample_with_nothing_to_compare_is_judged_without_or_is_a_scorer_error(
    registry: Any, name: str
) -> None:
    scorer = opened(registry, name)
    if name in {"flexible_extract", "json_schema", *PARAMS}:
        assert isinstance(judged(scorer, Sample("s1", "question"), Response("a", completion_tokens=1)), Score)
    else:
        with pytest.raises(ScorerError):
            judged(scorer, Sample("s1", "question"), Response("a", completion_tokens=1))


@every_scorer
def test_an_unknown_parameter_is_a_task_error(registry: Any, name: str) -> None:
    params = {**PARAMS.get(name, {}), "no_such_thing": 1}
    with pytest.raises(TaskError, match=f"{registry.kind} '{name}' has no parameter 'no_such_thing'"):
        open_plugin(registry.kind, name, registry.get(name), params)


@pytest.mark.parametrize("name", list(SCORERS))
def test_a_scorer_opens_by_its_spec(name: str) -> None:
    assert open_scorer(ScorerSpec(name, PARAMS.get(name, {}))).name == name
