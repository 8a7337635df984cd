"""``choice``: the answer is one of the sample's choices."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.errors import ScorerError
from evalkit.scorers.base import BaseScorer, references_of

Normalize = Literal["none", "chars", "bytes", "tokens"]

#: What may stand around a label that is the whole output.
_WRAPPING = " \t\r\n\"'`*_.,:;!?()[]{}<>“”‘’"


@dataclass(frozen=True)
class Choice(BaseScorer):
    """1 if the chosen label is the target, else 0. The answer is the label.

    With ``choice_logprobs`` the label with the highest log-probability is chosen, the first of equals.
    Generated text chooses a label in two steps:

    1. The whole output is a label, quotes, brackets, emphasis and punctuation around it aside; if no
       label has the same case, case is passed over.
    2. Otherwise exactly one label stands in it as a whole word. Case is passed over for labels of two
       or more characters; a single character must have its own case (``a`` is not an ``A``). A label inside
       the match of a longer one (``entailment`` in ``not entailment``), joined to another word by a
       hyphen, or inside a longer number does not count. Negation is not understood.

    Text that names no label, or several, is value 0 with answer None and says so.

    Raises ScorerError on a sample without choices, a target that is none of them, and log-probabilities
    that do not fit the choices.

    Args:
        normalize: ``none``, or divide each log-probability by the ``chars``, UTF-8 ``bytes`` or ``tokens``
            of its choice as it is ranked (delimiter excluded), as lm-evaluation-harness does for
            ``acc_norm`` (chars).
    """

    name = "choice"
    kind = "binary"
    gives_answer = True

    normalize: Normalize = "none"

    def score(self, sample: Sample, response: Response) -> Score:
        choices = sample.choices
        if not choices:
            raise ScorerError(f"sample {sample.id!r} has no choices", hint="add 'choices: […]'")
        references = references_of(sample)
        for reference in references:
            if reference not in choices:
                raise ScorerError(f"target {shown(reference)} is none of the choices {', '.join(choices)}")
        if response.choice_logprobs is not None:
            answer = choices[self._best(sample, response)]
        elif self.normalize != "none":
            raise ScorerError("generated text has no log-probabilities", hint="use 'scoring: loglikelihood'")
        else:
            named = named_choices(response.output or "", choices)
            if len(named) != 1:
                what = f"several choices ({', '.join(named)})" if named else "no choice"
                return self._wrong(f"{shown(response.output)} names {what}")
            answer = named[0]
        if answer in references:
            return Score(self.name, 1.0, answer)
        return self._wrong(f"expected {' or '.join(references)}, chose {answer}", answer)

    def _best(self, sample: Sample, response: Response) -> int:
        texts = sample.choice_texts
        logprobs = ranked_logprobs(texts, response)
        if self.normalize != "none":
            logprobs = tuple(map(_divided, logprobs, self._lengths(texts, response)))
        return logprobs.index(max(logprobs))

    def _lengths(self, texts: Sequence[str], response: Response) -> Sequence[int]:
        if self.normalize == "chars":
            return [len(text) for text in texts]
        if self.normalize == "bytes":
            return [len(text.encode()) for text in texts]
        if response.choice_tokens is None or len(response.choice_tokens) != len(texts):
            raise ScorerError("the model does not say how many tokens each choice has")
        return response.choice_tokens


def ranked_logprobs(choices: Sequence[str], response: Response) -> tuple[float, ...]:
    """The log-probability of each choice. Raises ScorerError where they do not fit the choices."""
    logprobs = response.choice_logprobs or ()
    if len(logprobs) != len(choices):
        raise ScorerError(f"{len(logprobs)} log-probabilities for {len(choices)} choices")
    if any(map(math.isnan, logprobs)):
        raise ScorerError("a log-probability is not a number")
    return logprobs


def _divided(logprob: float, length: int) -> float:
    if length < 1:
        raise ScorerError("an empty choice has no length to divide by")
    return logprob / length


def named_choices(output: str, choices: tuple[str, ...]) -> list[str]:
    """The choices that a text names, by the rule that ``Choice`` states."""
    bare = output.strip(_WRAPPING)
    for text in (output, bare):
        if text in choices:
            return [text]
    labels = _labels(choices)
    folded = labels.by_lower.get(bare.lower())
    if folded is not None:
        return [folded]
    matched = {
        labels.by_match.get(text) or labels.by_match.get(text.lower())
        for text in labels.pattern.findall(output)
    }
    return [choice for choice in choices if choice in matched]


@dataclass(frozen=True, slots=True)
class _Labels:
    """The choices of a sample, made ready for looking them up.

    Attributes:
        pattern: any choice as a whole word, longer ones first.
        by_match: what the pattern matches, as it stands or in lower case, to the choice.
        by_lower: lower case to the choice, choices that differ in case alone left out.
    """

    pattern: re.Pattern[str]
    by_match: Mapping[str, str]
    by_lower: Mapping[str, str]


@lru_cache(maxsize=4096)
def _labels(choices: tuple[str, ...]) -> _Labels:
    lower = Counter(choice.lower() for choice in choices)
    by_lower = {choice.lower(): choice for choice in choices if lower[choice.lower()] == 1}
    has_cases = len(by_lower) < len(choices)
    by_match = {choice: choice for choice in choices}
    parts = []
    for choice in sorted(filter(None, choices), key=len, reverse=True):
        if has_cases or len(choice) == 1:
            parts.append(re.escape(choice))
        else:
            parts.append(f"(?i:{re.escape(choice)})")
            by_match.setdefault(choice.lower(), choice)
    before, after = r"(?<!\w)(?<!\w-)", r"(?!\w)(?!-\w)"
    if any(choice[:1].isdigit() for choice in choices):
        before, after = before + r"(?<!\d[.,])(?<![-−])", after + r"(?![.,]\d)"
    return _Labels(re.compile(f"{before}(?:{'|'.join(parts)}){after}"), by_match, by_lower)
