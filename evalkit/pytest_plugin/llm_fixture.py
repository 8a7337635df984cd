"""The ``llm`` fixture: a plain test calls one Subject, and what passes through is stored too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.prompt import Prompt
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.response_schema import parse_response_format
from evalkit.core.run import Evaluation
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.subject import DEFAULT_PROMPT, Subject
from evalkit.core.task import ScorerSpec
from evalkit.core.text import name_of
from evalkit.core.tools import parse_tool_choice, parse_tools
from evalkit.errors import BudgetSpentError, ModelError, ScorerError
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.render import PromptRenderer
from evalkit.prompts.turns import conversation
from evalkit.pytest_plugin.shown_text import make_inert
from evalkit.runner.task_prompt import BARE_PROMPT
from evalkit.scorers.open import open_scorer
from evalkit.scorers.settings import ScorerSettings
from evalkit.session.session import EvalSession


@dataclass(repr=False)
class Llm:
    """One Subject, for one test.

    Attributes:
        subject: the Subject under test.
    """

    subject: Subject
    _session: EvalSession
    _test: str
    _evaluation: Evaluation | None = None
    _n_asked: int = 0

    def __repr__(self) -> str:
        return f"<llm {name_of(self.subject.label)}>"

    def generate(
        self,
        prompt: str | Sequence[Mapping[str, Any]],
        *,
        sample_id: str | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_choice: str | Mapping[str, Any] | None = None,
        response_format: Mapping[str, Any] | str | None = None,
        **parameters: Any,
    ) -> Response:
        """Ask once and wait for the answer.

        Args:
            prompt: text, or chat messages as in a task's ``messages:``, where the ``file`` of a part may also
                be bytes; paths start at the working directory. With ``--llm-prompt``, text is put into the
                prompt under test as its ``input``.
            sample_id: id of the sample in the store; by default its number within the test.
            tools, tool_choice, response_format: as the keys of a task.
            parameters: ``max_tokens``, ``temperature``, ``stop``, ``seed``, ``top_p``, ``reasoning``.

        Returns:
            The Response; it always has an ``output``.

        Raises:
            ModelError: the call failed for good.
            BudgetSpentError: the budget of the session is spent, with ``--llm-undecided=fail``; otherwise the
                test is skipped.
            TaskError, TemplateError: a message, a tool or a format cannot be read.
        """
        request = self._request(prompt, sample_id, GenerateParams.from_mapping(parameters))
        functions = parse_tools(tools)
        request = replace(
            request,
            tools=functions,
            tool_choice=parse_tool_choice(tool_choice, functions),
            response_schema=parse_response_format(response_format),
        )
        calls = self._session.direct_calls
        try:
            response = calls.ask(self.subject, request)
        except BudgetSpentError as error:
            if self._session.options.undecided == "fail":
                raise
            pytest.skip(f"evalkit: {error}, and this was not asked")
        self._evaluation, response = calls.keep(
            self._test, self.subject, self._evaluation, request.sample, response
        )
        if response.error is not None:
            raise ModelError(response.error)
        return response

    def score(
        self,
        response: Response,
        scorer: str,
        target: Any = None,
        *,
        row: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> Score:
        """Score a response with a scorer by name, for example ``llm.score(r, "contains", target="refund")``.

        Args:
            row: fields of a dataset row, for scorers that read them (``code``: its tests).
            parameters: parameters of the scorer, as in a task.

        Returns:
            The Score; it always has a ``value``.

        Raises:
            ScorerError: the scorer could not score.
        """
        resources = self._session.resources
        door = resources.sandbox.door()
        # Code may read what it likes.
        settings = ScorerSettings(door, resources.task_judges(), MediaFiles(Path.cwd(), None))
        opened = open_scorer(ScorerSpec(scorer, parameters), settings)
        sample = Sample(response.sample_id, response.input, target, row or {})
        calls = self._session.direct_calls
        (score,) = calls.score([opened], sample, response)
        if self._evaluation is not None:
            if door.record is not None:
                self._evaluation = replace(self._evaluation, sandbox=door.record)
            calls.keep_score(self._evaluation, response, score)
        if score.error is not None:
            raise ScorerError(score.error)
        return score

    def _request(
        self, prompt: str | Sequence[Mapping[str, Any]], sample_id: str | None, params: GenerateParams
    ) -> Request:
        sample_id = sample_id or str(self._n_asked)
        self._n_asked += 1
        if isinstance(prompt, str):
            template = self._template()
            sample = Sample(sample_id, prompt)
            messages = PromptRenderer(template).messages({"input": prompt})
            params = params.over(template.parameters)
            return Request(messages, params, sample, self._test, has_roles=template.has_roles)
        # Code may read what it likes.
        messages = conversation(prompt, MediaFiles(Path.cwd(), None), "prompt")
        return Request(messages, params, Sample(sample_id, messages[-1].text), self._test, has_roles=True)

    def _template(self) -> Prompt:
        if self.subject.prompt == DEFAULT_PROMPT:
            return BARE_PROMPT
        return self._session.subjects.prompt_for_tests(self.subject.prompt)


class LlmFixture:
    """Registered with pytest while a model is configured."""

    def __init__(self, session: EvalSession) -> None:
        self._session = session

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "llm" in metafunc.fixturenames:
            subjects = self._session.subjects.for_tests()
            metafunc.parametrize("llm", subjects, ids=[s.label for s in subjects], indirect=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        report = yield
        if "llm" in getattr(item, "fixturenames", ()):
            make_inert(report.longrepr)  # type: ignore[attr-defined]
        return report

    @pytest.fixture
    def llm(self, request: pytest.FixtureRequest) -> Iterator[Llm]:
        """One Subject under test; the test runs once for each."""
        llm = Llm(request.param, self._session, request.node.nodeid)
        yield llm
        if llm._evaluation is not None:
            self._session.direct_calls.conclude(llm._evaluation)
