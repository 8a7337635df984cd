"""The difference of two prompts beside that of the answers."""

from __future__ import annotations

from evalkit.report.prompt_lines import prompt_lines
from evalkit.report.sections.prompts import blocks
from evalkit.report.story import DiffLine, PromptChange
from tests.unit.report.lost_answers import answered, compared, report

EXAMPLES = "\n".join(f"Q: {i} + {i}\nA: {2 * i}" for i in range(9))


def test_words_that_changed_are_marked_in_their_lines() -> None:
    assert prompt_lines("Answer yes.", "Answer no.") == (
        DiffLine("removed", (("Answer ", False), ("yes", True), (".", False))),
        DiffLine("added", (("Answer ", False), ("no", True), (".", False))),
    )


def test_examples_that_both_prompts_share_are_folded_away() -> None:
    lines = prompt_lines(
        f"Be kind.\n{EXAMPLES}\nQ: {{{{ q }}}}", f"Be brief.\n{EXAMPLES}\nQ: {{{{ q }}}}\nA:"
    )
    assert [(line.kind, line.n) for line in lines] == [
        ("removed", 1), ("added", 1), ("same", 1), ("same", 1), ("skipped", 15), ("same", 1), ("same", 1),
        ("added", 1),
    ]  # fmt: skip


def test_answers_that_got_worse_stand_beside_the_prompts() -> None:
    source = compared(answered(["yes", "yes"], [True, True]), answered(["yes", "no"], [True, False]))
    for run_id, text in (("old", "Answer."), ("new", "Answer briefly.")):
        (evaluation,) = source.evaluations_of.pop(run_id)
        source.add(run_id, run_id, source.observations_of[run_id], task=evaluation.task, text=text)
    (found,) = blocks(report(source))
    assert isinstance(found, PromptChange)
    assert [(each.sample_id, each.before, each.now) for each in found.outputs] == [("s1", "yes", "no")]
    assert found.outputs_title == "primes: 1 of the 1 row that got worse"
