"""One question to one judge, repeated where its answer cannot be read -> one Judgement."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from evalkit.core.frozen import frozen
from evalkit.core.judgement import Judgement
from evalkit.core.message import Message
from evalkit.core.needs import needs_text, request_needs
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.text import cut, shown, visible
from evalkit.core.user_code import told
from evalkit.errors import ModelError, ScorerError
from evalkit.redaction.redact import redact
from evalkit.scorers.judge.door import Judge
from evalkit.scorers.judge.engine.criterion import Criterion
from evalkit.scorers.judge.engine.forms import SIDES, joined
from evalkit.scorers.judge.engine.opinion import Opinion
from evalkit.scorers.judge.engine.prompts import AGAIN
from evalkit.scorers.judge.engine.question import Asked
from evalkit.scorers.judge.engine.words import MalformedError

_REASON_CHARS = 4_000
#: Characters of an error that are looked at for credentials, and that are kept.
_READ_CHARS = 20_000
_ERROR_CHARS = 1_000
#: How servers call what they do not take.
_SCHEMA = re.compile("response_?format|json_?schema|guided_?json", re.IGNORECASE)
#: Characters of an answer that is shown to the judge once more.
_AGAIN_CHARS = 4_000


@frozen
class Way:
    """How a judge is asked.

    Attributes:
        scorer: what its scores are called.
        temperature: None for the judge's default where it has none, else 0.
        retries: how often more where an answer cannot be read.
        is_structured: whether the JSON is asked for as such where the judge carries that.
    """

    scorer: str
    max_tokens: int
    temperature: float | None
    retries: int
    is_structured: bool

    def generate(self, judge: Judge, below: GenerateParams | None) -> GenerateParams:
        """The generation parameters, what a prompt's file names standing below them."""
        values = {"max_tokens": self.max_tokens}
        if self.temperature is None or "temperature" in judge.lacks:
            return GenerateParams.from_mapping(values).over(below)
        return GenerateParams.from_mapping({**values, "temperature": self.temperature}).over(below)


@dataclass
class _Spent:
    """What all attempts took together."""

    responses: list[Response] = field(default_factory=list)

    def _sum(self, name: str) -> float | None:
        values = [getattr(each, name) for each in self.responses]
        return None if not values or None in values else sum(values)

    def on(self, judgement: Judgement, judge: Judge) -> Judgement:
        """The same judgement with what it took."""
        n_in, n_out = self._sum("prompt_tokens"), self._sum("completion_tokens")
        revision = self.responses[-1].model_revision if self.responses else None
        return replace(
            judgement,
            judge_revision=revision or judge.revision,
            prompt_tokens=None if n_in is None else int(n_in),
            completion_tokens=None if n_out is None else int(n_out),
            cost_usd=self._sum("cost_usd"),
            latency_s=self._sum("latency_s"),
            is_cached=bool(self.responses) and all(each.is_cached for each in self.responses),
        )


@dataclass
class Interview:
    """One question to one judge about one Response, until there is a verdict.

    Args:
        order: of a pair, which side stands first.
    """

    judge: Judge
    asked: Asked
    way: Way
    sample: Sample
    response: Response
    round_: int
    order: str | None = None
    _spent: _Spent = field(default_factory=_Spent)

    async def judgement(self) -> Judgement:
        """What the judge says; whatever fails is a Judgement with an error."""
        found = Judgement(self.way.scorer, self.judge.label, round=self.round_, order=self.order)
        try:
            said = await (self._ranked() if self.asked.is_ranked else self._generated())
            said = _as_of_response(said, self.order)
            reason = None if said.reason is None else visible(cut(said.reason.strip(), _REASON_CHARS))
            found = replace(
                found, verdict=said.verdict, value=said.value, values=said.values,
                probability=said.probability, reason=reason,
            )  # fmt: skip
        except Exception as error:  # one that nobody foresaw costs this judgement, and no other
            found = replace(found, error=cut(visible(redact(told(error, _READ_CHARS))), _ERROR_CHARS))
        return self._spent.on(found, self.judge)

    async def _generated(self) -> Opinion:
        form, question = self.asked.form, self._messages(self.asked.criteria)
        messages, problem = question, ""
        for _ in range(1 + self.way.retries):
            text = (await self._answer(messages)).output or ""
            try:
                return form.read(text)
            except MalformedError as error:
                problem = str(error)
            seen = cut(text.strip(), _AGAIN_CHARS) or "(nothing)"
            again = AGAIN.format(problem=problem, example=form.example)
            messages = (*question, Message("assistant", seen), Message("user", again))
        times = "once" if self.way.retries == 0 else f"{1 + self.way.retries} times"
        raise ScorerError(f"the judge was asked {times} and gave no verdict that can be read: {problem}")

    async def _ranked(self) -> Opinion:
        criteria = self.asked.criteria
        if self.asked.against is not None:
            first, second = await self._probabilities(criteria, ("A", "B"))
            verdict = "tie" if first == second else "A" if first > second else "B"
            return Opinion(verdict, SIDES[verdict], probability=first)
        opinions = [_of_shares(each, await self._probabilities((each,), each.verdicts)) for each in criteria]
        return opinions[0] if not criteria[0].name else joined(criteria, opinions)

    async def _probabilities(self, criteria: Sequence[Criterion], verdicts: Sequence[str]) -> list[float]:
        """Of each verdict among themselves, in 0..1."""
        choices = tuple(f" {verdict}" for verdict in verdicts)
        found = (await self._answer(self._messages(criteria), choices)).choice_logprobs
        shares = None if found is None or len(found) != len(choices) else _shares(found)
        if shares is None:
            what = f"the judge gave {shown(found)} for the log-probabilities of {len(choices)} verdicts"
            raise ModelError(what)
        return shares

    def _messages(self, criteria: Sequence[Criterion]) -> tuple[Message, ...]:
        return self.asked.messages(self.sample, self.response, self.order, criteria)

    async def _answer(
        self, messages: tuple[Message, ...], choices: tuple[str, ...] | None = None
    ) -> Response:
        request = self._request(messages, choices)
        missing = request_needs(request) - self.judge.carries
        if missing:
            what = f"judge {self.judge.label} does not take {needs_text(missing)}"
            raise ScorerError(f"{what}, which sample {self.sample.id!r} shows", hint="name a judge that does")
        response = await self._sent(request)
        if response.finish_reason in ("refusal", "content_filter"):
            what = f"the judge declined to judge ({response.finish_reason})"
            raise ScorerError(f"{what}: {shown(response.output)}")
        if response.finish_reason == "length" and choices is None:
            n = request.generate.max_tokens
            hint = f"give the judge max_tokens: {2 * n}, or more"
            raise ScorerError(f"the judge's answer was cut at max_tokens {n}", hint=hint)
        return response

    async def _sent(self, request: Request) -> Response:
        try:
            response = await self.judge.ask(request, self.sample, self.round_)
            self._spent.responses.append(response)
            if response.error is not None:
                raise ModelError(response.error)
        except ModelError as error:
            if request.response_schema is not None and _SCHEMA.search(error.what):
                error.hint = error.hint or "write structured: false where the judge's server takes no schema"
            raise
        return response

    def _request(self, messages: tuple[Message, ...], choices: tuple[str, ...] | None) -> Request:
        prompt = self.asked.prompt.prompt
        text = "\n".join(message.content for message in messages)
        # Made of the question alone: equal questions are equal requests, whichever sample they are about.
        about = Sample(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(), text)
        is_schema = choices is None and self.way.is_structured and "response_format" in self.judge.carries
        return Request(
            messages,
            GenerateParams() if choices else self.way.generate(self.judge, prompt.parameters),
            about,
            task="judge",
            repeat=self.round_,
            has_roles=prompt.has_roles or len(messages) > 1,
            continuations=choices,
            response_schema=self.asked.form.schema if is_schema else None,
        )


def _as_of_response(said: Opinion, order: str | None) -> Opinion:
    """With the Response as A, wherever it stood."""
    if order != "ba":
        return said
    verdict = {"A": "B", "B": "A"}.get(said.verdict, said.verdict)
    probability = None if said.probability is None else 1 - said.probability
    return replace(said, verdict=verdict, value=1 - said.value, probability=probability)


def _of_shares(criterion: Criterion, shares: Sequence[float]) -> Opinion:
    """The likeliest verdict; of grades, their mean under these probabilities as the value."""
    best = max(range(len(shares)), key=shares.__getitem__)
    verdict = criterion.verdicts[best]
    if criterion.scale is None:
        return Opinion(verdict, float(verdict == "yes"), probability=shares[0])
    return Opinion(verdict, math.fsum(p * g for p, g in zip(shares, criterion.scale.grades, strict=True)))


def _shares(logprobs: Sequence[float]) -> list[float] | None:
    """Probabilities of the verdicts among themselves; None of what are not log-probabilities."""
    highest = max(logprobs)
    if not math.isfinite(highest) or any(map(math.isnan, logprobs)):
        return None
    weights = [math.exp(each - highest) for each in logprobs]
    return [weight / math.fsum(weights) for weight in weights]
