"""What got worse, clustered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import fisher_exact

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.report.clusters import clusters, lost_rows
from evalkit.report.excerpts import both_ends
from evalkit.report.html import render
from evalkit.report.kinds_of_change import kind_of_change
from evalkit.report.telling_words import telling_words
from tests.unit.report.lost_answers import answered, compared, report


def scored(answer: str | None) -> Score:
    return Score("s", 0.0, answer)


CALL = {"type": "function", "function": {"name": "find", "arguments": '{"city": "Bonn"}'}}
OTHER_VALUES = {"type": "function", "function": {"name": "find", "arguments": '{"city": "Ulm"}'}}


@pytest.mark.parametrize(
    ("before", "now", "taken", "expected"),
    [
        (
            Response("a b"),
            Response(None, error="boom", error_kind="timeout"),
            (None, None),
            "no answer: timeout",
        ),
        (Response("a"), Response("b", finish_reason="length"), ("a", None), "cut off at the token limit"),
        (Response("a"), Response(" "), ("a", None), "empty answer"),
        (Response("a"), Response("perhaps"), ("a", None), "no answer found in the output"),
        (Response("a"), Response("b"), ("yes", "no"), "“no” where the baseline said “yes”"),
        (Response("a"), Response("a"), ("a", "a"), "the same answer, scored differently"),
        (Response("a" * 200), Response("a" * 50), (None, None), "an answer at most half as long"),
        (Response("a", tool_calls=(CALL,)), Response("b"), (None, None), "no longer calls a tool"),
        (
            Response("a", tool_calls=(CALL,)),
            Response("b", tool_calls=(OTHER_VALUES,)),
            (None, None),
            "the same tools, called with different values",
        ),
    ],
)
def test_the_kind_of_change_is_read_from_the_marks_of_both_answers(
    before: Response, now: Response, taken: tuple[str | None, str | None], expected: str
) -> None:
    assert kind_of_change(before, now, scored(taken[0]), scored(taken[1])) == expected


def test_an_answer_that_failed_where_the_baseline_had_one_is_lost_too() -> None:
    now = answered(["yes", "no", "yes"], [True, False, True])
    failed = [now.responses[0], now.responses[1], Response(None, "s2", input="Question 2?", error="boom")]
    scores = [*now.scores["exact_match"][:2], Score("exact_match", error="boom")]
    now = replace(now, responses=failed, scores={"exact_match": scores})
    (item,) = report(compared(answered(["yes"] * 3, [True] * 3), now)).evaluations
    assert lost_rows(item) == [1, 2]


def test_words_of_the_inputs_that_got_worse_stand_out() -> None:
    lost = [f"is {i} not a prime" for i in range(12)]
    others = [f"is {i} a prime" for i in range(60)]
    assert fisher_exact([[12, 0], [0, 60]], "greater").pvalue < 0.01
    assert [(each.word, len(each.places)) for each in telling_words(lost, others)] == [("not", 12)]


def test_a_word_that_chance_would_give_is_not_told() -> None:
    lost = ["red fox", "red hen", "red cow", "dog"]
    others = ["red bee", "red ape", "cat", "rat"] * 2
    assert telling_words(lost, others) == []


def test_clusters_name_the_words_with_a_link_to_their_samples() -> None:
    inputs = [f"Is {i} not prime?" if i % 2 else f"Is {i} prime?" for i in range(40)]
    before = answered(["yes"] * 40, [True] * 40, inputs)
    now = answered(["no" if i % 2 else "yes" for i in range(40)], [not i % 2 for i in range(40)], inputs)
    (item,) = report(compared(before, now)).evaluations
    kind, word = clusters(item)
    assert (kind.way, kind.title, kind.n) == ("kind of change", "“no” where the baseline said “yes”", 20)
    assert (word.way, word.title, word.n) == ("input", "the input has “not”", 20)
    assert word.link == "#samples?task=primes&subject=local%2Fsmall&kind=loss&q=not"


def test_a_cluster_has_three_examples_spread_over_the_dataset() -> None:
    before, now = answered(["yes"] * 9, [True] * 9), answered(["no"] * 9, [False] * 9)
    (item,) = report(compared(before, now)).evaluations
    assert clusters(item)[0].rows == (0, 3, 6)


def test_examples_link_to_their_samples_and_show_both_answers() -> None:
    before, now = answered(["yes"] * 4, [True] * 4), answered(["no"] * 4, [False] * 4)
    page = render(report(compared(before, now)))
    assert '<a href="#samples?sample=primes/local%2Fsmall/s0">s0</a>' in page.replace("&#34;", '"')


def test_a_scorer_that_fell_is_a_cluster_where_there_are_several() -> None:
    before, now = answered(["yes"] * 4, [True] * 4), answered(["no"] * 4, [False] * 4)
    same = [Score("style", 1.0) for _ in range(4)]
    fell = [Score("tone", 0.0 if i < 2 else 1.0) for i in range(4)]
    before = replace(before, scores={**before.scores, "style": same, "tone": same})
    now = replace(now, scores={**now.scores, "style": same, "tone": fell})
    (item,) = report(compared(before, now)).evaluations
    found = [(each.title, each.n) for each in clusters(item) if each.way == "failing scorer"]
    assert found == [("exact_match fell", 4), ("tone fell", 2)]
    headings = [each.heading for each in clusters(item)]
    assert headings == ["“no” where the baseline said “yes”", "exact_match fell", "tone fell"]


def test_samples_of_one_group_are_a_cluster() -> None:
    groups = ["page 1", "page 1", "page 1", "page 2"]
    before = answered(["yes"] * 4, [True] * 4, groups=groups)
    now = answered(["no", "no", "yes", "yes"], [False, False, True, True], groups=groups)
    (item,) = report(compared(before, now)).evaluations
    found = [(each.title, each.n, each.of) for each in clusters(item) if each.way == "input"]
    assert found == [("group page 1", 2, 3)]


def test_without_a_value_for_each_answer_no_sample_is_said_to_be_as_good_as_before() -> None:
    plain = answered(["yes", "no"], [True, True], scores={})
    page = render(report(compared(plain, answered(["no", "no"], [True, True], scores={}), None)))
    assert "No scorer gives a value to a single answer" in page
    assert "No sample got worse" not in page


def test_a_long_text_is_told_by_both_ends_cut_between_words() -> None:
    text = "one two three four five six seven eight nine ten"
    assert both_ends(text, 24) == "one two … nine ten"
    assert both_ends("short", 24) == "short"
