"""The judge Models of one session: opened where a task names one, asked through the session's own runner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

from evalkit.core.needs import Knob, Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.text import plural
from evalkit.errors import ModelError, UsageError
from evalkit.models.model import Model, ModelSettings
from evalkit.runner.asking import Asker
from evalkit.runner.probing import note_probed
from evalkit.runner.progress import Progress
from evalkit.runner.runner import Runner
from evalkit.scorers.judge.door import NAME_ONE
from evalkit.session.budgets import refuse_unpriced
from evalkit.session.options import Options
from evalkit.session.subjects import Subjects, open_beside


class SessionJudges:
    """Opens each judge Model once. Nothing is opened, started or asked before a scorer needs it.

    Args:
        default: the spec of ``--llm-judge``; None where it was not given.
        n_rounds: how often each judge is asked the same, >= 1.
        open_model: opens a Model by its spec; where a Subject has the same spec, gives that one.
        runner: what asks; called with the first question.
        first_round: the number of the first round; those before were asked earlier.

    Attributes:
        progress: counts of the judges' calls, apart from those of the Subjects.
        specs: what scorers have named so far, in order.
    """

    def __init__(
        self,
        default: str | None,
        n_rounds: int,
        open_model: Callable[[str], Model],
        runner: Callable[[], Runner],
        *,
        first_round: int = 0,
    ) -> None:
        self.n_rounds = n_rounds
        self.first_round = first_round
        self.progress = Progress()
        self.specs: list[str] = []
        self._default = default
        self._open_model = open_model
        self._runner = runner
        self._opened: dict[str, SessionJudge] = {}

    def spec_of(self, spec: str | None) -> str:
        """See ``JudgeDoor``."""
        named = spec or self._default
        if named is None:
            raise UsageError("no judge Model is named", hint=NAME_ONE)
        if named not in self.specs:
            self.specs.append(named)
        return named

    def open(self, spec: str | None) -> SessionJudge:
        """See ``JudgeDoor``."""
        named = self.spec_of(spec)
        if named not in self._opened:
            self._opened[named] = SessionJudge(named, self._open_model(named), self)
        return self._opened[named]

    def models(self) -> dict[str, Model]:
        """Those that scorers named, by their specs. Raises UsageError or ModelSpecError where one cannot be
        opened."""
        return {spec: self.open(spec).model for spec in self.specs}

    def begin(self) -> None:
        """From now on calls of these Models are counted together, whoever makes them."""
        for model in self.models().values():
            self.runner.limits.slots(model).is_shared = True

    @property
    def runner(self) -> Runner:
        """What asks."""
        return self._runner()

    @property
    def progress_text(self) -> str:
        """What judges were asked so far, for people; empty where they were not."""
        n, cost_usd = self.progress.n_done, self.progress.cost_usd
        cost = f", ${cost_usd:.4f}" if cost_usd else ""
        failed = f", {self.progress.n_errors:,} failed" if self.progress.n_errors else ""
        return f"judges: {plural(n, 'call')}{failed}{cost}" if n else ""


def open_judges(
    options: Options, subjects: Subjects, cwd: Path, runner: Callable[[], Runner]
) -> SessionJudges:
    """Those of one session; no Model is opened yet.

    Args:
        cwd: folder that relative paths in specs start at.
    """
    settings = ModelSettings(is_offline=options.is_offline, base_dir=cwd)
    open_model = partial(open_beside, subjects=subjects, settings=settings)
    first = options.first_judge_round
    return SessionJudges(options.judge, options.n_judge_repeats, open_model, runner, first_round=first)


def refuse_unfit(judges: SessionJudges, subjects: Subjects, options: Options) -> None:
    """Raises MissingKeyError where a judge has no key and no cache may answer for it, and ModelSpecError
    where the cost is bound and nobody says what a judge costs."""
    models = judges.models()
    refuse_unpriced(options.budget, subjects, models)
    if any(model.missing_key is not None for model in models.values()):
        from evalkit.session.keyless import refuse_without_cache

        refuse_without_cache(models.values(), options)


class SessionJudge:
    """One judge Model. Its answers are kept in the response cache by Model, request and round; its calls have
    the retries, prices and limits of the session, which it shares with the Subjects of the same Model.

    Attributes:
        label: its spec as it was typed.
    """

    def __init__(self, label: str, model: Model, judges: SessionJudges) -> None:
        self.label = label
        self.model = model
        self._judges = judges
        self._asker: Asker | None = None
        self._revision: str | None = None
        self._asking: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    @property
    def revision(self) -> str | None:
        """What exactly answered last, or what the Model knows of itself."""
        return self._revision or self.model.revision

    @property
    def can_rank(self) -> bool:
        """Whether its provider ranks choices; one in this process, or a function, may."""
        from evalkit.models.wire.http_model import HttpModel

        return not isinstance(self.model, HttpModel) or bool(self.model.vendor.ranks)

    @property
    def carries(self) -> frozenset[Need]:
        """What a request may have beside text."""
        return self.model.carries

    @property
    def lacks(self) -> frozenset[Knob]:
        """Generation parameters that it has no place for."""
        return self.model.lacks

    async def ask(self, request: Request, sample: Sample, round_: int, /) -> Response:
        """See ``Judge``. Runs in the loop of the runner."""
        asked = replace(request, repeat=self._judges.first_round + round_)
        note_probed(self.model, asked)
        runner, progress = self._judges.runner, self._judges.progress
        failure = await runner.ensure_started(self.model)
        if failure is not None:
            raise ModelError(failure)
        if self._asker is None:
            self._asker = runner.judging(self.model, progress)
        response = await self._once(self._asker, asked)
        progress.n_done += 1
        if response.error is not None:
            progress.n_errors += 1
            raise ModelError(response.error)
        self._revision = response.model_revision or self._revision
        return response

    async def _once(self, asker: Asker, asked: Request) -> Response:
        """Of equal questions at once, as repeats with the same text put them, the first one is asked; the
        others wait, and find the answer in the cache."""
        key = asker.key(asked)
        if key is None:
            return await asker.ask(asked)
        async with self._asking.setdefault(key, asyncio.Lock()):
            return await asker.ask(asked)
