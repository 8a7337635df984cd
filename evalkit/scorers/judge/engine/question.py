"""The question that is put to a judge about one sample and its Response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.message import Message, TextPart
from evalkit.core.prompt_variable import PromptVariable
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import ScorerError, TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.scorers.judge.engine.criterion import Criterion
from evalkit.scorers.judge.engine.fence import Fence, neutral
from evalkit.scorers.judge.engine.forms import Form
from evalkit.scorers.judge.engine.material import (
    Material,
    Piece,
    answer_of,
    field_of,
    input_of,
    target_of,
    way_of,
)
from evalkit.scorers.judge.engine.prompts import FORMAT, NOTICE, RANKED
from evalkit.scorers.judge.engine.row_text import RowText, compiled, filled, is_template
from evalkit.scorers.judge.engine.standard import standard_of_each, standard_of_one, standard_of_two
from evalkit.scorers.judge.engine.template import JudgePrompt


@frozen
class Asked:
    """What a scorer asks of every sample.

    Attributes:
        criteria: the one, or those of a list; of a pair the one that it is compared by.
        against: the opponent's answer; None where one answer is judged.
        reference: what is known to be right; ``target`` is the sample's own.
        max_chars: bound on the characters of all material.
    """

    prompt: JudgePrompt
    criteria: tuple[Criterion, ...]
    form: Form
    against: RowText | None
    reference: RowText | str | None
    media: MediaFiles
    max_chars: int
    is_ranked: bool

    def messages(
        self, sample: Sample, response: Response, order: str | None, criteria: Sequence[Criterion]
    ) -> tuple[Message, ...]:
        """The messages for one order of a pair, and some of the criteria.

        Raises ScorerError where the row lacks what they show.
        """
        material = self._material(sample, response, order)
        standard = self._standard(sample, criteria)
        n_chars = sum(map(len, material.texts))
        if n_chars > self.max_chars:
            what = (
                f"the material for the judge has {n_chars:,} characters, and max_chars is {self.max_chars:,}"
            )
            raise ScorerError(what, hint="raise max_chars where the judge can read so much")
        fence = Fence([self.prompt.prompt.text, standard, *material.texts])
        context = {
            **material.fenced(fence),
            "rubric": standard,
            "fence": NOTICE.format(nonce=fence.nonce),
            "format": self._format(criteria),
        }
        try:
            messages = self.prompt.messages({**dict.fromkeys(_OPTIONAL, ""), **context})
        except TemplateError as error:
            raise ScorerError(f"{error.where}: {error.what}", hint=error.hint) from None
        return _with_media(messages, material)

    def _format(self, criteria: Sequence[Criterion]) -> str:
        if not self.is_ranked:
            return FORMAT.format(example=self.form.example)
        words = "A or B" if self.against is not None else criteria[0].words.replace('"', "")
        return RANKED.format(words=words)

    def _material(self, sample: Sample, response: Response, order: str | None) -> Material:
        names = self.prompt.names
        pieces: dict[str, Piece] = {}
        answer = answer_of(response)
        if self.against is not None:
            other = self.against.of(sample)
            first, second = (answer, other) if order == "ab" else (other, answer)
            pieces |= {"answer_a": first, "answer_b": second}
        else:
            pieces["answer"] = answer
        if "input" in names:
            pieces["input"] = input_of(sample, self.media) or response.input
        if self.reference is not None:
            text = self.reference.of(sample) if isinstance(self.reference, RowText) else target_of(sample)
            pieces["reference"] = text
        if self.against is None:  # of the opponent neither is known
            pieces |= {name: piece for name, piece in way_of(response).items() if name in names}
        fields = self.prompt.fields - _declared(self.prompt.prompt.variables, sample.row)
        return Material({**pieces, **{name: field_of(sample, name) for name in sorted(fields)}})

    def _standard(self, sample: Sample, criteria: Sequence[Criterion]) -> str:
        rubrics = [_rubric(each, sample) for each in criteria]
        if self.against is not None:
            return standard_of_two(rubrics[0])
        if len(criteria) == 1 and not criteria[0].name:
            return standard_of_one(criteria[0], rubrics[0])
        if self.is_ranked:
            return standard_of_one(criteria[0], rubrics[0])
        return standard_of_each(criteria, rubrics)


#: What a prompt may name, and a sample may be without.
_OPTIONAL = ("input", "reference", "retrieved", "trajectory")


def _declared(variables: Sequence[PromptVariable] | None, row: Mapping[str, Any]) -> set[str]:
    """Fields that the row does not have and the prompt's file does not require."""
    return {each.name for each in variables or () if not each.is_required and row.get(each.name) is None}


def _rubric(criterion: Criterion, sample: Sample) -> str:
    if not is_template(criterion.rubric):
        return criterion.rubric
    return neutral(filled(compiled(criterion.rubric, "rubric"), sample))


def _with_media(messages: tuple[Message, ...], material: Material) -> tuple[Message, ...]:
    """Images and the like follow the text that mentions them by their hashes, in the same order."""
    shown = material.media
    if not shown:
        return messages
    gone = next((each for each in shown if not each.media.data), None)
    if gone is not None:
        raise ScorerError(f"the {gone.kind} {gone.media.sha256[:12]} of the conversation is not at hand")
    last = max((at for at, each in enumerate(messages) if each.role == "user"), default=len(messages) - 1)
    with_parts = Message.of_parts(messages[last].role, (TextPart(messages[last].content), *shown))
    return (*messages[:last], with_parts, *messages[last + 1 :])
