"""Texts that no metric was written for: each is a correct score or a clear error, and no other is harmed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec

import pytest

from evalkit.core.gate import MetricSpec
from evalkit.errors import MissingExtraError
from evalkit.metrics.open import open_metric
from tests.architecture.tree import ROOT
from tests.invocation import environment
from tests.unit.metrics.observing import metric, value_of
from tests.unit.metrics.texts import written

ERROR_RATES = {"ter", "wer", "cer"}
TEXT_METRICS = ["rouge1", "rouge2", "rougeL", "rougeLsum", "rouge_n", "bleu", "chrf", *sorted(ERROR_RATES)]
LONG = " ".join(f"word{i % 977}" for i in range(10_000))

every_text_metric = pytest.mark.parametrize("name", TEXT_METRICS)


@every_text_metric
def test_an_empty_reply_is_wrong_and_counts(name):
    rows = metric(name).table(written(["", "a b c d"], ["a b c d", "a b c d"])).rows
    assert len(rows) == 2
    value = float(metric(name).aggregate(rows[:1])[0])
    assert value == {"wer": 1, "cer": 1, "ter": 100}.get(name, 0)


@every_text_metric
def test_a_missing_target_is_a_failure_and_harms_no_other(name):
    table = metric(name).table(written(["x", "a b c d", "y"], [None, "a b c d", []]))
    assert (table.n_failed, table.sample_ids) == (2, ("s1",))
    assert metric(name).aggregate(table.rows)[0] == pytest.approx(
        value_of(name, written(["a b c d"], ["a b c d"]))
    )


@every_text_metric
def test_an_empty_target_is_judged_as_the_reference_implementation_does(name):
    table = metric(name).table(written(["x", "a b c d"], ["", "a b c d"]))
    assert table.n_failed == 0
    value = float(metric(name).aggregate(table.rows)[0])
    best = value_of(name, written(["a b c d"], ["a b c d"]))
    if name == "chrf":  # counts nothing of a sentence without a reference
        assert value == best
    else:
        assert value > best if name in ERROR_RATES else value < best


@every_text_metric
def test_ten_thousand_words_get_a_score(name):
    data = written([LONG, "a b c d"], ["word1 word2 word3 word4", "a b c d"])
    table = metric(name).table(data)
    assert table.n_failed == 0
    assert metric(name).aggregate(table.rows)[0] >= 0


@pytest.mark.parametrize("name", [name for name in TEXT_METRICS if name != "ter"])
def test_ten_thousand_words_against_as_many_are_found_equal(name):
    expected = {"wer": 0.0, "cer": 0.0, "bleu": 100.0, "chrf": 100.0}.get(name, 1.0)
    assert value_of(name, written([LONG], [LONG])) == pytest.approx(expected)


@every_text_metric
@pytest.mark.parametrize("text", ["\x00 a", "\ud800 a", "a\u2028b\x0bc\rd", "\u202ea", "🧪" * 50])
def test_odd_characters_get_a_score(name, text):
    table = metric(name).table(written([text, "a b c d"], ["a b c d", "a b c d"]))
    assert len(table.rows) == 2


@pytest.mark.parametrize(
    "name, package",
    [
        ("rougeL", "rouge"),
        ("bleu", "sacrebleu"),
        ("chrf", "sacrebleu"),
        ("ter", "sacrebleu"),
        ("wer", "jiwer"),
        ("cer", "jiwer"),
    ],
)
def test_without_its_package_a_metric_is_one_line_that_names_the_extra(monkeypatch, name, package):
    found = sys.modules["importlib.util"].find_spec

    def absent(wanted: str, *more: object) -> ModuleSpec | None:
        return None if wanted.startswith(package) else found(wanted)

    for module in ("engine.rouge", "engine.sacrebleu", "wer"):
        monkeypatch.setattr(f"evalkit.metrics.text.{module}.find_spec", absent)
    with pytest.raises(MissingExtraError) as caught:
        open_metric(MetricSpec(name))
    assert "pip install 'pytest-evalkit[text]'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rouge_without_the_fast_package_is_the_slow_one_with_the_same_value(monkeypatch):
    data = written(["running dogs"], ["the dog runs"])
    fast = value_of("rouge1", data, use_stemmer=True)
    for engines in (("rouge_score",), ("no_such_engine", "rouge_score")):
        monkeypatch.setattr("evalkit.metrics.text.engine.rouge.ENGINES", engines)
        assert value_of("rouge1", data, use_stemmer=True) == fast > 0


@pytest.fixture(scope="module")
def decimal_commas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process whose locale has decimal commas."""
    folder = tmp_path_factory.mktemp("locales")
    command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
    if shutil.which("localedef") is None or subprocess.run(command, capture_output=True).returncode > 1:
        pytest.skip("no localedef that could make a locale with decimal commas")
    return environment(LOCPATH=str(folder), LC_ALL="de_DE.UTF-8")


def test_decimal_commas_of_the_locale_change_nothing(decimal_commas):
    script = (
        "import locale, sys\n"
        "if sys.argv[1] == 'on':\n"
        "    locale.setlocale(locale.LC_ALL, '')\n"
        "    assert locale.localeconv()['decimal_point'] == ',', locale.setlocale(locale.LC_ALL)\n"
        "from tests.unit.metrics.observing import value_of\n"
        "from tests.unit.metrics.texts import written\n"
        "data = written(['the cat sat 1.5 times'], ['the cat sat 1.25 times'])\n"
        f"print([value_of(name, data) for name in {TEXT_METRICS}])\n"
        "print(value_of('map', written(['[[\"a\", 1.5], [\"b\", 1.25]]'], ['b'])))\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script, state],
            env=decimal_commas,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for state in ("on", "off")
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].endswith("0.5\n")


def test_scores_with_decimal_commas_in_a_ranking_are_a_failure():
    table = metric("map").table(written(['[["d1", "1,5"]]', "d1"], [["d1"], ["d1"]]))
    assert table.n_failed == 1
