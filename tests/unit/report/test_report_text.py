"""A report as terminal text and as Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from evalkit.core.account import Account
from evalkit.core.budget import BudgetLimits, BudgetRecord
from evalkit.core.estimate import Estimate
from evalkit.core.tally import Tally
from evalkit.core.verdict import Verdict
from evalkit.report.collect import collect
from evalkit.report.deltas import delta, ends_of
from evalkit.report.html import render
from evalkit.report.look import WIDTH
from evalkit.report.markdown import escape, markdown
from evalkit.report.missing import NOTE
from evalkit.report.wording import budget_text
from tests.plain import summary_lines
from tests.unit.report.memory_source import MemorySource, comparison, regressed, rows

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@pytest.mark.parametrize("name", ["report_summary.txt", "report.md"])
def test_the_text_is_what_it_was(name: str) -> None:
    texts = {
        "report_summary.txt": "\n".join(summary_lines(regressed(), "run-b")) + "\n",
        "report.md": markdown(collect(regressed(), "run-b")),
    }
    assert texts[name] == (GOLDEN / name).read_text("utf-8")


def test_errors_of_further_answers_are_counted_where_these_are() -> None:
    source = regressed()
    values = {"rerun_calls": 24.0, "rerun_errors": 1.0, "rerun_changed": 2.0}
    source.estimates_of[source.evaluations("run-b")[0].evaluation_id] += [
        Estimate(name, value, None, None, 24, "rerun|v1", kind="total") for name, value in values.items()
    ]
    assert "  asked again: 24 further answers, 1 error · 2 verdicts changed" in summary_lines(source, "run-b")


class Unread(MemorySource):
    """A store whose responses may not be read."""

    def observations(self, evaluation_id: str) -> NoReturn:
        raise AssertionError("the summary reads no response")


def test_the_summary_reads_no_response() -> None:
    source = regressed()
    assert summary_lines(Unread(**vars(source)), "run-b")


def test_what_every_task_has_stands_in_one_line_without_what_is_unknown() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+"))
    values = {"accuracy": 0.5, "error_rate": 0.1, "latency_p95_s": 0.25, "completion_tokens": 1_200.0}
    source.estimates_of["e"] = [
        *(Estimate(name, value, None, None, 20, "") for name, value in values.items()),
        Estimate("cost_usd", None, None, None, 0, "", error="no response carries a price"),
    ]
    assert summary_lines(source, "a")[1:] == [
        "  metric    value   n",
        "  accuracy  0.500  20",
        "  20 responses, 2 errors · p95 250 ms · tokens 1,200 out",
    ]


def partly_priced() -> MemorySource:
    """Twenty answers, ten of them with a price, some cut, of two revisions."""
    source = MemorySource()
    source.add_run("a")
    answers = [
        replace(each, cost_usd=0.01 if i < 10 else None, finish_reason="length", model_revision=f"r{i % 2}")
        for i, each in enumerate(rows("+" * 20).responses)
    ]
    source.add("a", "e", replace(rows("+" * 20), responses=answers))
    source.estimates_of["e"] = [
        Estimate("error_rate", 0.0, None, None, 20, ""),
        Estimate("cost_usd", 0.1, None, None, 10, ""),
    ]
    source.tallies_of["e"] = Tally({"length": 20}, {"r0": 10, "r1": 10})
    return source


def test_a_cost_of_half_the_responses_is_nowhere_called_the_total() -> None:
    source = partly_priced()
    said = "$0.100 of 10 of 20 responses"
    assert summary_lines(source, "a")[1] == f"  20 responses, 0 errors · {said}"
    data = collect(source, "a")
    assert said in markdown(data)
    assert "of 10 of 20 responses" in render(data)


def test_the_difference_of_two_parts_of_a_cost_is_not_shown() -> None:
    source = partly_priced()
    source.add_run("b")
    source.add("b", "f", source.observations_of["e"])
    source.estimates_of["f"] = source.estimates_of["e"]
    data = collect(source, "b", baseline_run_id="a")
    (item,) = data.evaluations
    assert item.pair is not None
    assert delta(source.estimates_of["f"][1], item.pair) is None


def test_cut_answers_and_several_revisions_are_told_everywhere() -> None:
    source = partly_priced()
    data = collect(source, "a")
    for text in ("\n".join(summary_lines(source, "a")), render(data)):
        assert "20 cut at max_tokens" in text
        assert "2 model revisions answered: r0 (10), r1 (10)" in text
    assert "20 cut at max\\_tokens" in markdown(data)


def test_the_ends_that_missing_answers_leave_stand_beside_value_and_difference_everywhere() -> None:
    source = regressed()
    source.estimates_of["after"] = [
        replace(each, worst=0.25, best=0.375) for each in source.estimates_of["after"]
    ]
    gate = source.verdicts_of["after"][1]
    source.verdicts_of["after"][1] = replace(gate, comparison=comparison(worst=-0.375, best=-0.125))
    lines = summary_lines(source, "run-b")
    assert lines[lines.index("  accuracy  0.286  [0.186, 0.386]  7       1") + 1] == (
        "                   0.250 to 0.375, missing wrong or right"
    )
    assert " ".join(lines[-2:]) == NOTE
    data = collect(source, "run-b")
    text = markdown(data)
    assert "; 0.250 to 0.375, missing wrong or right |" in text
    assert "; −0.375 to −0.125, missing against or for |" in text
    page = render(data)
    assert re.findall(r'class="ends beneath">([^<]+)<', page) == [
        "0.250 to 0.375, missing wrong or right",
        "−0.375 to −0.125, missing against or for",
    ]


def test_the_ends_of_a_difference_are_turned_where_lower_is_better() -> None:
    """In a comparison larger is better, in what is shown the metric's own direction."""
    found = ends_of(comparison(worst=-0.375, best=0.0), is_higher_better=False)
    assert list(map(str, found)) == ["0.375", "0.0"]


def test_what_tests_asked_by_hand_is_one_entry_for_each_subject() -> None:
    source = MemorySource()
    source.add_run("a")
    for name in ("one", "two"):
        source.add("a", name, rows("++"), task=f"test_shop.py::test_{name}")
    source.evaluations_of["a"] = [
        replace(each, task_hash="", n_samples=2, n_errors=1) for each in source.evaluations_of["a"]
    ]
    head, said = summary_lines(source, "a")
    assert head.startswith("llm fixture · ")
    assert said == "  2 tests, 4 responses, 2 errors"


def test_long_details_are_wrapped() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+"))
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "fail", "word " * 100)]
    assert max(map(len, summary_lines(source, "a"))) <= WIDTH


def test_control_characters_do_not_reach_the_terminal() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+"), task="evil\x1b[2J")
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "fail", "red\x1b[31m")]
    assert "\x1b" not in "\n".join(summary_lines(source, "a"))


def test_markdown_stays_small_and_says_what_it_left_out() -> None:
    source = MemorySource()
    source.add_run("a")
    for i in range(300):
        source.add("a", f"e{i}", rows("+"), task=f"task {i}")
        source.verdicts_of[f"e{i}"] = [Verdict("accuracy >= 0.5", "fail", "ä " * 150)]
    text = markdown(collect(source, "a"))
    assert len(text.encode()) <= 60_000
    assert "left out for length" in text
    assert text.index("fail") < 100


@pytest.mark.parametrize(
    "text", ["a | b", "<img src=x>", "@someone", "[x](http://y)", "a\n\n# b", "*b*", "`c`"]
)
def test_markdown_makes_nothing_of_an_output(text: str) -> None:
    found = escape(text)
    assert "\n" not in found
    for character in "|<[*`":
        assert f"{character}" not in found.replace(f"\\{character}", "")
    assert "@s" not in found


def test_markdown_names_what_got_worse_before_what_got_better() -> None:
    text = markdown(collect(regressed(), "run-b"))
    assert "3 got worse, 1 could not be scored, 1 got better, 3 as before" in text
    places = [
        text.index(f"<summary>{words}") for words in ("3 got worse", "1 could not be scored", "1 got better")
    ]
    assert places == sorted(places)
    assert "error: " in text[places[1] : places[2]], "the row of what failed says why"


def test_markdown_without_a_baseline_shows_the_samples_that_failed() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+-!" + "-" * 10))
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "fail", "accuracy 0.083")]
    text = markdown(collect(source, "a"))
    assert "<summary>12 of 13, the first 8</summary>" in text
    assert "| s1 | Question 1? | yes | no |" in text


def test_markdown_of_a_run_that_passed_lists_no_sample() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+-"))
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "pass", "accuracy 0.5")]
    text = markdown(collect(source, "a"))
    assert "Question" not in text
    assert re.findall("<summary>(.*?)</summary>", text) == ["Operations"]


def test_markdown_leaves_out_the_prices_that_nobody_gave() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+"))
    source.estimates_of["e"] = [
        Estimate("accuracy", None, None, None, 0, "", error="nothing counts"),
        Estimate("cost_usd", None, None, None, 0, "", error="no response carries a price"),
    ]
    text = markdown(collect(source, "a"))
    assert "No value: accuracy: nothing counts." in text
    assert "cost\\_usd" not in text


def test_a_part_that_does_not_fit_costs_only_itself() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+"), task="x" * 100)
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "fail", "y" * 390)] * 50
    text = markdown(collect(source, "a"), max_bytes=2_000)
    assert "1 part left out for length" in text
    assert text.count("run a") == 1, "the foot is there"


@pytest.mark.parametrize("text", ["https://github.com/o/r/issues/1", "www.example.org", "see GH-12", "gh-3"])
def test_markdown_links_to_nothing_that_a_model_names(text: str) -> None:
    plain = escape(text)
    assert plain != text
    assert plain.replace("\u2060", "") == text


def test_markdown_shows_the_end_of_a_long_answer_and_what_was_taken_out_of_it() -> None:
    source = MemorySource()
    source.add_run("a")
    found = rows("-", outputs=["Step 1: think. " * 40 + "So it is no."])
    scores = {"exact_match": [replace(found.scores["exact_match"][0], answer="no")]}
    source.add("a", "e", replace(found, scores=scores))
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "fail", "accuracy 0")]
    text = markdown(collect(source, "a"))
    assert r"| \[no\] Step 1: think. " in text
    assert "So it is no. |" in text


def test_answers_that_did_not_say_what_they_took_are_several() -> None:
    record = BudgetRecord(BudgetLimits(max_tokens=9), n_assumed=2)
    assert budget_text(record, []).endswith("2 answers did not say what they took, counted at the most")


@pytest.mark.parametrize("n_batched, is_said", [(0, False), (3, True)])
def test_a_price_that_lacks_its_share_for_batches_is_asked_for(n_batched: int, is_said: bool) -> None:
    source = regressed()
    source.tallies_of = {"after": Tally({}, {}, Account(n_unpriced=3, n_unpriced_batched=n_batched))}
    told = "\n".join(summary_lines(source, "run-b"))
    assert "cost unknown: no price is known for 3 answers" in told
    assert ("batch_share" in told) == is_said
