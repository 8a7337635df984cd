"""What a change of the prompt did: its difference beside that of the answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.response import Response
from evalkit.core.text import plural
from evalkit.report.clusters import clusters, lost_rows
from evalkit.report.data import EvaluationData, Pair, ReportData
from evalkit.report.excerpts import both_ends
from evalkit.report.links import samples_link
from evalkit.report.prompt_lines import prompt_lines
from evalkit.report.story import OutputChange, PromptChange

_EXAMPLES = 3
#: Of a long answer, so many characters.
_ANSWER_CHARS = 560
#: Words of the shorter answer that the other one has too, 0..1, for a difference to be marked.
_ALIKE = 0.2


def prompt_changes(data: ReportData) -> Iterator[PromptChange]:
    """One for each pair of prompts that were compared, with answers of the evaluation that lost most."""
    found: dict[tuple[str, str], list[EvaluationData]] = {}
    for item in data.evaluations:
        if item.pair is None or item.prompt_text is None or item.pair.prompt_text is None:
            continue
        before, now = item.pair.evaluation.subject, item.evaluation.subject
        if before.prompt_hash != now.prompt_hash:
            found.setdefault((before.prompt_hash, now.prompt_hash), []).append(item)
    for items in found.values():
        item = max(items, key=lambda each: len(lost_rows(each)))
        if item.pair is not None:
            yield _change(item, item.pair)


def _change(item: EvaluationData, pair: Pair) -> PromptChange:
    before, now = pair.evaluation.subject, item.evaluation.subject
    rows, title = _chosen(item, pair)
    return PromptChange(
        before=f"{before.prompt} ({before.prompt_hash})",
        now=f"{now.prompt} ({now.prompt_hash})",
        lines=prompt_lines(pair.prompt_text or "", item.prompt_text or ""),
        outputs_title=title,
        outputs=tuple(_output(item, pair, row) for row in rows),
    )


def _chosen(item: EvaluationData, pair: Pair) -> tuple[Sequence[int], str]:
    """The first examples of what got worse; where nothing did, of answers that are not as before."""
    found = clusters(item)
    if found:
        n_lost = len(lost_rows(item))
        return found[
            0
        ].rows, f"{item.task}: {len(found[0].rows):,} of the {plural(n_lost, 'row')} that got worse"
    responses, base = item.observations.responses, pair.observations.responses
    other = [
        row
        for row, partner in enumerate(pair.rows)
        if partner is not None and base[partner].output != responses[row].output
    ]
    return other[
        :_EXAMPLES
    ], f"{item.task}: {min(len(other), _EXAMPLES):,} of {plural(len(other), 'answer')} that changed"


def _output(item: EvaluationData, pair: Pair, row: int) -> OutputChange:
    partner, response = pair.rows[row], item.observations.responses[row]
    base = None if partner is None else pair.observations.responses[partner]
    sample_id = item.observations.sample_ids[row]
    before, now = _text(base), _text(response)
    link = samples_link(task=item.task, subject=item.label, sample=sample_id, repeat=response.repeat)
    return OutputChange(sample_id, link, before, now, has_marks=_are_alike(before, now))


def _are_alike(before: str, now: str) -> bool:
    """Where hardly a word is in both, all of it would be marked, which says nothing."""
    old, new = set(before.split()), set(now.split())
    return len(old & new) >= _ALIKE * max(min(len(old), len(new)), 1)


def _text(response: Response | None) -> str:
    """Beginning and end of a long one."""
    if response is None:
        return "no such sample in the baseline"
    text = response.output if response.output is not None else f"error: {response.error}"
    return both_ends(text, _ANSWER_CHARS, "\n…\n")
