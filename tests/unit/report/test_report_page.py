"""The HTML file as text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from evalkit.core.estimate import Estimate
from evalkit.core.verdict import Verdict
from evalkit.report.blocks import Group, Table
from evalkit.report.collect import collect, collect_comparison
from evalkit.report.html import environment, render
from evalkit.report.metric_table import axis
from evalkit.report.sections import SECTIONS, verdicts
from tests.plain import summary_lines
from tests.unit.report.memory_source import MemorySource, regressed, rows


def one_run(**changes: object) -> MemorySource:
    source = MemorySource()
    source.add_run("a", **changes)
    source.add("a", "e", rows("+-"))
    return source


def hashed(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_sections_stand_in_their_order() -> None:
    page = render(collect(regressed(), "run-b"))
    # No sample of this run is asserted, its rows are not kept, it tests one Subject, no judge scored, no run
    # was before it, and a section without blocks is left out.
    without = ("flaky", "history", "slices", "tournament", "leaderboard", "judges")
    expected = [name for name in SECTIONS if name not in without]
    assert re.findall(r'<section id="(\w+)"', page) == expected


def test_the_policy_allows_the_script_and_the_style_of_the_page_and_nothing_else() -> None:
    page = render(collect(one_run(), "a")).replace("&#39;", "'")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert policy
    assert script
    assert style
    assert policy[1].startswith("default-src 'none'; ")
    raw = render(collect(one_run(), "a"))
    assert f"script-src '{hashed(_inside(raw, 'script'))}'" in policy[1]
    assert f"style-src '{hashed(_inside(raw, 'style'))}'" in policy[1]


def _inside(page: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    assert found
    return found[1]


def test_nothing_is_loaded_from_anywhere() -> None:
    page = render(collect(one_run(), "a"))
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"|@import|url\(', page)
    assert set(re.findall(r"https?://[^\s\"'`]+", page)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("place", ["task", "model", "gate", "detail", "error"])
def test_markup_in_any_text_is_shown_and_not_obeyed(place: str) -> None:
    evil = "<script>alert(1)</script><!--"
    source = MemorySource()
    source.add_run("a")
    changes = {place: evil} if place in ("task", "model") else {}
    source.add("a", "e", rows("+!"), **changes)
    texts = {"gate": "accuracy >= 0.5", "detail": "fine", place: evil}
    source.verdicts_of["e"] = [Verdict(texts["gate"], "fail", texts["detail"])]
    if place == "error":
        responses = [replace(r, error=evil) if r.error else r for r in source.observations_of["e"].responses]
        source.observations_of["e"] = replace(source.observations_of["e"], responses=responses)
    page = render(collect(source, "a"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"status": "interrupted"}, "interrupted"),
        ({"status": "crashed"}, "crashed"),
        ({"status": "running", "finished_at": None}, "had not finished"),
        ({"is_partial": True}, "partial"),
    ],
)
def test_a_run_that_is_not_whole_says_so_before_any_number(changes: dict[str, object], said: str) -> None:
    page = render(collect(one_run(**changes), "a"))
    banner = page[page.index('class="banner"') : page.index('<nav class="sections"')]
    assert said in banner


def test_a_whole_run_has_no_banner() -> None:
    assert 'class="banner"' not in render(collect(one_run(), "a"))


def test_two_prompts_are_shown_side_by_side() -> None:
    page = render(collect(regressed(), "run-b"))
    section = page[page.index('<section id="prompts"') :]
    assert "Answer the question<ins> in one word</ins>." in section[: section.index("</section>")]


def test_an_unknown_cost_is_called_unknown() -> None:
    source = one_run()
    responses = [replace(r, cost_usd=None) for r in source.observations_of["e"].responses]
    source.observations_of["e"] = replace(source.observations_of["e"], responses=responses)
    page = render(collect(source, "a"))
    assert "cost unknown" in page
    assert "$" not in page[page.index("<body>") : page.index('id="payload"')]


def test_only_a_metric_that_could_not_be_computed_takes_a_row_without_a_value() -> None:
    source = one_run()
    source.estimates_of["e"] = [
        Estimate("accuracy", 0.5, 0.1, 0.9, 2, "s"),
        Estimate("similarity", None, None, None, 0, "", error="/etc holds no embedding model"),
        Estimate("latency_p50_s", None, None, None, 2, "", error="latency_p50_s is not defined over these"),
        Estimate("cost_usd", None, None, None, 0, "", error="no response carries a price"),
    ]
    data = collect(source, "a")
    section = render(data).partition('<section id="metrics"')[2].partition("</section>")[0]
    assert "/etc holds no embedding model" in section
    assert "latency_p50_s is not defined over these" in section
    assert "cost_usd" not in section
    said = "No value: latency_p50_s: latency_p50_s is not defined over these."
    assert said in section
    assert f"  {said}" in summary_lines(source, "a")


def test_provenance_names_what_is_needed_to_run_it_again() -> None:
    source = one_run()
    page = render(collect(source, "a"))
    for text in ("07307e3aa1b2c3d4", "pytest suites/support", "task-hash", "dataset-hash", "rev-1", "runner"):
        assert text in page


def test_a_comparison_names_both_runs() -> None:
    source = one_run()
    source.add_run("b")
    source.add("b", "f", rows("++"))
    page = render(collect_comparison(source, "a", "b"))
    assert "a → b" in page
    assert "Baseline run" in page


def test_many_passed_gates_do_not_hide_the_one_that_failed() -> None:
    source = one_run()
    source.verdicts_of["e"] = [Verdict(f"accuracy >= 0.{i:02}", "pass", "") for i in range(1, 40)]
    source.verdicts_of["e"].append(Verdict("accuracy >= 0.99", "fail", "too low"))
    page = render(collect(source, "a"))
    verdicts = page[page.index('<section id="verdicts"') :]
    assert verdicts.index("too low") < verdicts.index("39 gates passed")


def test_an_empty_run_still_makes_a_page() -> None:
    source = MemorySource()
    source.add_run("a")
    assert "No gate was set" in render(collect(source, "a"))


def test_texts_that_no_encoding_holds_do_not_stop_the_page() -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+", outputs=["\ud800"]), task="task \ud800", text="prompt \x00")
    assert "[U+D800]" in render(collect(source, "a"))


def test_a_threshold_outside_the_values_widens_the_axis() -> None:
    slow = Estimate("latency_p95_s", 1.2, 1.0, 1.4, 9, "latency_p95_s|v1", False)
    assert axis("latency_p95_s", [slow], [20.0]) == (0.0, 21.0)


def test_shares_stand_on_the_axis_from_zero_to_one() -> None:
    assert axis("accuracy", [Estimate("accuracy", 0.5, 0.4, 0.6, 9, "s")]) == (0.0, 1.0)


def test_the_few_shot_examples_can_be_seen_and_cannot_be_markup() -> None:
    source = one_run()
    (evaluation,) = source.evaluations_of["a"]
    example = {"sample_id": "d1", "input": "Two <b>plus</b> two", "target": ["4", "four"]}
    source.evaluations_of["a"] = [replace(evaluation, examples=(example,))]
    page = render(collect(source, "a"))
    assert "1 few-shot example" in page
    assert "[d1] Two &lt;b&gt;plus&lt;/b&gt; two" in page


def test_a_metric_without_a_value_takes_no_row_and_its_reason_is_said_once() -> None:
    source = one_run()
    source.estimates_of["e"] += [
        Estimate(name, None, None, None, 0, "f1|v1", error="no positive label was given.")
        for name in ("f1", "precision")
    ]
    page = render(collect(source, "a"))
    assert page.count("no positive label was given") == 1
    assert "No value: f1, precision: no positive label was given." in page


def test_gates_of_a_baseline_that_is_compared_with_nothing_are_folded_away() -> None:
    source = regressed()
    recorded = Verdict("regression(accuracy)", "undecided", "This is the baseline.", is_recorded=True)
    source.verdicts_of["before"] = [recorded]
    shown, aside = verdicts.blocks(collect(source, "run-b"))
    assert isinstance(shown, Table)
    assert isinstance(aside, Group)
    assert len(shown.rows) == 3
    assert aside.summary == "1 gate of the baseline, which is compared with nothing"


@pytest.mark.parametrize(
    "name, pieces",
    [
        ("regression(mean:judge)[language=de]", ["regression(", "mean:", "judge)", "[language=de]"]),
        ("local/smollm2#terse", ["local/", "smollm2#", "terse"]),
        ("[a]", ["[a]"]),
    ],
)
def test_a_long_name_breaks_where_its_parts_meet(name: str, pieces: list[str]) -> None:
    assert str(environment().filters["breakable"](name)).split("<wbr>") == pieces
