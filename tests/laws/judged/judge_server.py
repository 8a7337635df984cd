"""Subjects and judges on loopback: what a judge says hangs on the text, and on how often it has read it."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.laws.project import CANARY
from tests.loopback import Call, Reply, chat, serving

#: The variable that the key is read from.
KEY_NAME = "LAW_API_KEY"
#: US dollars for a million tokens read and written.
SUBJECT_USD, JUDGE_USD = (1000.0, 10_000.0), (3000.0, 70_000.0)
#: What judges do with an answer of each kind: see ``JudgeServer``.
GOOD = ("good", "mended", "slow", "fickle", "half")
KINDS = (*GOOD, "bad", "garbled", "cut", "failing", "declined")
#: Of these no judge ever gives a verdict.
NEVER = ("garbled", "cut", "failing", "declined")
SUBJECTS, JUDGES = ("subject-a", "subject-b"), ("judge-good", "judge-poor")

_READ = re.compile(r"reply (\d+) (\w+) by (subject-\w)")
_RUBRIC = re.compile(r"rubric (r\d+)")


@dataclass(frozen=True)
class Question:
    """What a judge is asked about: the same question has one opinion for each round."""

    judge: str
    rubric: str
    text: str

    @property
    def kind(self) -> str:
        return self.text.split()[2]


@dataclass
class JudgeServer:
    """Counts and answers are of all sessions.

    An answer is called ``good`` or ``bad`` by the judge that is good, by the number alone by the other one.
    Of ``fickle`` ones it says the opposite each second time, of ``half`` ones nothing each second time.
    ``mended`` is readable when it is asked for once more, ``garbled`` never; ``cut`` ends at its tokens,
    ``declined`` is refused, ``failing`` is an error that tells the key.

    Attributes:
        revision: what judges call themselves.
        said: the verdicts that went out whole, readable, in order.
        hangs: number of the judges' call, since it was set, at which nothing more is said; None never.
        is_hanging: set at that moment.
    """

    revision: str = "served-1"
    base_url: str = ""
    said: dict[Question, list[str]] = field(default_factory=dict)
    asked: Counter[Question] = field(default_factory=Counter)
    hangs: int | None = None
    is_hanging: threading.Event = field(default_factory=threading.Event)
    n_subject_calls: int = 0

    def begin(self, hangs: int | None = None) -> None:
        """A session begins."""
        self.hangs = hangs
        self.is_hanging.clear()

    def spec(self, name: str) -> str:
        """Of a Model on this server."""
        read, written = JUDGE_USD if name in JUDGES else SUBJECT_USD
        prices = f"input_usd_per_mtok={read:g}&output_usd_per_mtok={written:g}"
        return f"openai/{name}?base_url={self.base_url}&api_key_env={KEY_NAME}&{prices}"

    def answer(self, call: Call) -> Reply:
        """Of every call, in the loop of the server."""
        name, messages = call.body["model"], call.body["messages"]
        if name not in JUDGES:
            self.n_subject_calls += 1
            _, number, kind = str(messages[-1]["content"]).split()
            return _told(f"reply {number} {kind} by {name}", subject_tokens(number), name)
        if self.hangs is not None:
            self.hangs -= 1
            if self.hangs <= 0:
                self.is_hanging.set()
                return Reply(delay_s=3600.0)
        return self._judged(name, messages)

    def _judged(self, name: str, messages: Sequence[Mapping[str, Any]]) -> Reply:
        shown = "\n".join(str(each["content"]) for each in messages)
        number, kind, subject = _READ.findall(shown)[-1]
        question = Question(name, _RUBRIC.findall(shown)[-1], f"reply {number} {kind} by {subject}")
        is_again = any(each["role"] == "assistant" for each in messages)
        tokens = judge_tokens(number)
        if kind == "garbled" or (kind == "mended" and not is_again):
            return _told("I had rather not put it like that.", tokens, self.revision)
        if kind == "cut":
            return _told('{"reason": "It is', tokens, self.revision, "length")
        if kind == "declined":
            return _told("I cannot.", tokens, self.revision, "content_filter")
        self.asked[question] += 1
        is_odd = self.asked[question] % 2 == 1
        if kind == "failing" or (kind == "half" and not is_odd):
            return Reply({"error": {"message": f"no such luck with the key {CANARY}"}}, status=400)
        is_good = kind in GOOD if name == "judge-good" else int(number) % 2 == 0
        said = "yes" if is_good == (kind != "fickle" or is_odd) else "no"
        self.said.setdefault(question, []).append(said)
        text = json.dumps({"reason": f"I was let in with {CANARY}.", "verdict": said})
        reply = _told(text, tokens, self.revision)
        return replace(reply, delay_s=0.05) if kind == "slow" else reply


def subject_tokens(number: int | str) -> tuple[int, int]:
    """Read and written for the reply to a row."""
    return 5 + int(number) % 7, 1 + int(number) % 5


def judge_tokens(number: int | str) -> tuple[int, int]:
    """Read and written for one attempt to judge such a reply."""
    return 100 + int(number) % 11, 3


def cost_usd(tokens: tuple[int, int], usd: tuple[float, float]) -> float:
    """Of one call, at prices for a million tokens."""
    return (tokens[0] * usd[0] + tokens[1] * usd[1]) / 1e6


def _told(text: str, tokens: tuple[int, int], revision: str, ending: str = "stop") -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": ending}
    return chat(
        model=revision,
        choices=[choice],
        usage={"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
    )


@contextmanager
def judge_server() -> Iterator[JudgeServer]:
    """One that serves in a thread of its own."""
    server, loop = JudgeServer(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving_it = serving(server.answer)
    try:
        opened = asyncio.run_coroutine_threadsafe(serving_it.__aenter__(), loop).result()
        server.base_url = opened.base_url
        yield server
        asyncio.run_coroutine_threadsafe(serving_it.__aexit__(None, None, None), loop).result()
        asyncio.run_coroutine_threadsafe(_nothing_left(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _nothing_left() -> None:
    """Replies that hang, of which nobody waits for any."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
