"""Modules of Hugging Face evaluate as metrics."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import MetricSpec, parse_gate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.cancellation import SessionWork
from evalkit.metrics.external.engine.evaluate_inputs import Inputs
from evalkit.metrics.external.evaluate import Evaluate
from evalkit.metrics.open import open_metric
from tests.invocation import environment
from tests.unit.metrics.observing import metric

#: Not imported where no test of this file runs: it takes seconds.
pytestmark = pytest.mark.skipif(find_spec("evaluate") is None, reason="evaluate is not installed")

MODULES = Path(__file__).resolve().parents[2] / "data/evaluate_modules"
SHARE = str(MODULES / "share.py")


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_EVALUATE_OFFLINE", "1")


def observed(outputs: list[str], targets: list[object], **more: object) -> Observations:
    ids = [f"s{i}" for i in range(len(outputs))]
    return Observations(ids, targets, [Response(output) for output in outputs], **more)  # type: ignore[arg-type]


def value(metric: Evaluate, data: Observations) -> float:
    return float(metric.aggregate(metric.table(data).rows)[0])


def test_a_local_script_gives_its_own_number() -> None:
    data = observed(["a", "b", "b", "a"], ["a", "a", "b", "a"])
    assert value(Evaluate(SHARE), data) == 0.75
    assert value(Evaluate(SHARE, key="n_hits"), data) == 3


def test_a_folder_with_the_script_of_its_name_is_a_module(tmp_path: Path) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "share.py").write_text(Path(SHARE).read_text())
    assert value(Evaluate(str(folder)), observed(["a"], ["a"])) == 1


def test_compute_takes_the_parameters_of_the_task() -> None:
    assert value(Evaluate(SHARE, compute={"scale": 100}), observed(["a", "b"], ["a", "a"])) == 50


def test_the_interval_is_a_bootstrap_over_the_module_itself() -> None:
    data = observed(["a"] * 30 + ["b"] * 10, ["a"] * 40)
    found = estimate(Evaluate(SHARE), "share", data)
    assert found.value == 0.75
    assert found.low is not None
    assert found.high is not None
    assert 0.55 < found.low < 0.68
    assert 0.82 < found.high < 0.92


def test_without_an_interval_the_module_is_called_once() -> None:
    found = estimate(Evaluate(SHARE, interval=False), "share", observed(["a", "b"], ["a", "a"]))
    assert (found.value, found.low, found.high) == (0.5, None, None)


def test_an_interval_that_is_told_to_stop_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    work = SessionWork()

    def slow(*_: object, **__: object) -> float:
        calls.append(1)
        if len(calls) == 3:
            work.stop(patience_s=0)
        return 0.5

    monkeypatch.setattr(Inputs, "result", slow)
    found = work.run(lambda: estimate(Evaluate(SHARE), "share", observed(["a", "b"], ["a", "a"])))
    assert "stopped before it was done" in str(found.error)
    assert len(calls) == 3


def test_several_references_go_to_the_format_that_takes_them() -> None:
    metric = Evaluate(str(MODULES / "overlap.py"), key="any")
    assert value(metric, observed(["a", "c"], [["a", "b"], ["a", "b"]])) == 0.5


def test_several_references_for_a_module_that_takes_one_are_an_error() -> None:
    with pytest.raises(MetricError, match="a task with several references does not give"):
        Evaluate(SHARE).table(observed(["a"], [["a", "b"]]))


def test_a_module_over_whole_numbers_gets_the_positions_of_the_choices() -> None:
    scores = {"choice": [Score("choice", 1.0, "no"), Score("choice", 0.0, "yes"), Score("choice", error="?")]}
    data = observed(["no", "yes", "both"], ["no", "no", "no"], scores=scores, labels=("no", "yes"))
    metric = Evaluate(str(MODULES / "mean_label.py"))
    assert value(metric, data) == 0.5
    assert metric.table(data).n_failed == 1


def test_samples_without_references_fail_alone_and_are_named() -> None:
    table = Evaluate(SHARE).table(observed(["a", "b", "c"], ["a", None, []]))
    assert (table.sample_ids, table.n_failed) == (("s0",), 2)
    assert str(table.first_failure).startswith("sample 's1': there is no target to compare with")


def test_an_answer_that_is_no_number_fails_alone_and_is_named() -> None:
    table = Evaluate(str(MODULES / "mean_label.py")).table(observed(["1", "some"], ["1", "1"]))
    assert (table.sample_ids, table.n_failed) == (("s0",), 1)
    assert table.first_failure == "sample 's1': the answer 'some' is neither a number nor one of the choices"


def test_a_target_that_is_no_number_is_named() -> None:
    with pytest.raises(MetricError, match="the target of sample 's0' is neither a number"):
        Evaluate(str(MODULES / "mean_label.py")).table(observed(["1"], ["one"]))


def test_a_module_with_several_numbers_asks_for_a_key() -> None:
    metric = Evaluate(str(MODULES / "overlap.py"))
    with pytest.raises(MetricError, match=r"gives several numbers \(write 'key: any \| none'\)"):
        value(metric, observed(["a"], ["a"]))


def test_a_key_that_is_not_there_says_what_is() -> None:
    with pytest.raises(MetricError, match=r"no number called 'shares' \(write 'key: share \| n_hits'\)"):
        value(Evaluate(SHARE, key="shares"), observed(["a"], ["a"]))


def test_a_module_of_the_hub_without_network_is_one_clear_error() -> None:
    with pytest.raises(MetricError, match="not on this machine and the Hub was not reached"):
        Evaluate("no_such_module_anywhere").table(observed(["a"], ["a"]))


def test_a_script_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(MetricError, match="there is no such script"):
        Evaluate("./nowhere.py").table(observed(["a"], ["a"]))


def test_a_script_that_breaks_is_an_error_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import datasets\nimport evaluate\n1 / 0\n")
    with pytest.raises(MetricError, match="ZeroDivisionError"):
        Evaluate(str(tmp_path / "broken.py")).table(observed(["a"], ["a"]))


def test_a_module_that_fails_over_the_data_is_an_error_with_its_reason() -> None:
    with pytest.raises(MetricError, match="failed: TypeError"):
        value(Evaluate(SHARE, compute={"scael": 1}), observed(["a"], ["a"]))


def test_the_signature_follows_the_script(tmp_path: Path) -> None:
    copy = tmp_path / "share.py"
    copy.write_text(Path(SHARE).read_text() + "\n# changed\n")
    data = observed(["a"], ["a"])
    revisions = [Evaluate(path).signature(data).split("|")[-2] for path in (SHARE, str(copy))]
    assert revisions[0].startswith("revision:")
    assert revisions[0] != revisions[1]


def test_the_name_may_stand_behind_a_colon_in_metrics_and_gates() -> None:
    assert metric("evaluate:rouge").module == "rouge"
    gate = parse_gate("evaluate:user/rouge >= 0.3")
    assert metric(gate.metric.name, **gate.metric.params).module == "user/rouge"
    with pytest.raises(TaskError, match="needs the parameter 'module'"):
        open_metric(MetricSpec("evaluate"))


def test_smaller_may_be_better() -> None:
    assert not Evaluate(SHARE, higher_is_better=False).is_higher_better


#: Two processes by a fork, behind what takes seconds to import and before anything of the module is at hand.
_PROGRAM = r"""
import os, sys
import datasets, evaluate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.metrics.external.evaluate import Evaluate
child = os.fork()
answer = "a" if child else "b"
metric = Evaluate(sys.argv[1])
for _ in range(30):
    data = Observations(["1", "2"], ["a", "a"], [Response("a"), Response(answer)])
    sys.stdout.write(f"{answer} {metric.aggregate(metric.table(data).rows)[0]}\n")
if child:
    sys.exit(os.waitpid(child, 0)[1])
"""


def test_processes_at_the_same_time_do_not_see_each_others_data(tmp_path: Path) -> None:
    env = environment(HF_HOME=str(tmp_path), HF_EVALUATE_OFFLINE="1")
    command = [sys.executable, "-c", _PROGRAM, SHARE]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.splitlines()) == ["a 1.0"] * 30 + ["b 0.5"] * 30
