"""``make agreement-prompts``: dotprompt files as evalkit asks them against dotprompt itself.

Sources are drawn at random from what evalkit reads (values, blocks, white space, roles, media) and put by
both to the same row. dotprompt runs in Node, where the target installs it. Prints how many agree, differ and
are refused, and ends with 1 where any differs.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from evalkit.core.message import Message, TextPart
from evalkit.errors import TemplateError
from evalkit.prompts.files.read import read_prompt_file
from evalkit.prompts.render import PromptRenderer

ROW: dict[str, Any] = {
    "name": "Al", "num": 3, "zero": 0, "empty": "", "nul": None, "yes": True, "no": False, "one": 1.0,
    "tiny": 1e-7, "huge": 2.5e21, "xs": ["p", "q", "r"],
    "nest": {"a": 1, "b": {"c": "deep"}, "2": "two", "1": "one"},
    "objs": [{"k": "v1", "v": [1, 2]}, {"k": "", "v": []}, {"v": [True, 1.5, "é"]}], "nope": None,
    "mixed": [1, "", [1, [2, "x"]], False], "img": "data:image/png;base64,iVBORw0KGgo=",
}  # fmt: skip
_SPACES = ("", "", "", " ", "\n", "\n", "  ", "\n\n", " \n", "\n  ")
_TEXTS = ("a", "b.", "Hi", "{", "}", "{%x", "x\\", "{#", "it's", '"q"', "{ {")
_FIELDS = (
    "name", "num", "zero", "empty", "nul", "yes", "no", "one", "tiny", "huge", "xs", "nest.a", "nest.b.c",
    "nest.missing", "xs.length", "objs.length", "name.length",
)  # fmt: skip
_WITHIN = (
    "this", "this.k", "k", "./k", "../name", "@index", "@first", "@last", "@key", "@root.name", "v.length"
)  # fmt: skip
_OTHER = ("{{! c }}", "{{!-- a }} --}}", "\\{{name}}", "\\\\{{name}}")

Told = list[tuple[str, list[str]]]


class Sources:
    """Random sources, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def source(self) -> str:
        """A whole file."""
        text = ""
        for _ in range(self._random.randint(1, 3)):
            if self._random.random() < 0.6:
                text += self._pick('{{role "system"}}', '{{role "user"}}', "{{role 'model'}}")
            text += self._body(0, 3)
            if self._random.random() < 0.1:
                text += '{{media url=img contentType="image/png"}}' + self._body(0, 1)
        return f"---\nname: x\n---\n{text}"

    def _pick(self, *values: str) -> str:
        return self._random.choice(values)

    def _tag(self, text: str) -> str:
        left, right = ("~" if self._random.random() < 0.08 else "" for _ in range(2))
        return f"{{{{{left}{text}{right}}}}}"

    def _path(self, depth: int) -> str:
        if depth and self._random.random() < 0.7:
            return self._pick(*_WITHIN)
        return ("@root." if depth else "") + self._pick(*_FIELDS)

    def _value(self, depth: int) -> str:
        path = self._path(depth)
        form = self._pick(*["{}"] * 8, "json {}", "json {} indent=2")
        return self._tag(form.format(path)) if self._random.random() < 0.95 else f"{{{{{{{path}}}}}}}"

    def _body(self, depth: int, blocks: int) -> str:
        text = ""
        for _ in range(self._random.randint(1, 4)):
            text += self._pick(*_SPACES)
            match self._random.randrange(20):
                case 0 | 1 | 2 | 3 | 4 | 5 | 6:
                    text += self._pick(*_TEXTS)
                case 7 | 8 | 9 | 10 | 11:
                    text += self._value(depth)
                case 12:
                    text += self._pick(*_OTHER)
                case _ if blocks:
                    text += self._block(depth, blocks - 1)
            text += self._pick(*_SPACES)
        return text

    def _block(self, depth: int, blocks: int) -> str:
        name = self._pick("if", "if", "unless", "each", "each", "ifEquals", "unlessEquals")
        inner, arguments = depth, self._path(depth)
        if name == "each":
            inner = depth + 1
            lists = (
                ("@root.xs", "this.v", "v", "@root.objs", "this") if depth else ("xs", "objs", "nest", "nope")
            )
            arguments = self._pick(*lists, *(() if depth else ("empty", "mixed")))
        elif name.endswith("Equals"):
            arguments += " " + self._pick('"Al"', "1", "3", "true", "null", self._path(depth))
        text = self._tag(f"#{name} {arguments}") + self._pick(*_SPACES) + self._body(inner, blocks)
        while name == "if" and self._random.random() < 0.25:
            text += (
                self._tag(f"else if {self._path(depth)}") + self._pick(*_SPACES) + self._body(depth, blocks)
            )
        if self._random.random() < 0.4:
            text += self._tag(self._pick("else", "^")) + self._pick(*_SPACES) + self._body(depth, blocks)
        return text + self._pick(*_SPACES) + self._tag(f"/{name}")


def ours(source: str) -> Told | None:
    """Role and texts of each message; None where the source is refused."""
    try:
        prompt = read_prompt_file(source, Path("x.prompt"))
        assert prompt is not None
        return [(each.role, _texts(each)) for each in PromptRenderer(prompt).messages(ROW)]
    except TemplateError:
        return None


def _texts(message: Message) -> list[str]:
    parts = [each.text if isinstance(each, TextPart) else "MEDIA" for each in message.parts]
    return parts or [message.content]


def theirs(answer: dict[str, Any]) -> Told | None:
    """The same of what dotprompt gave."""
    if "error" in answer:
        return None
    return [
        (
            {"model": "assistant"}.get(each["role"], each["role"]),
            ["MEDIA" if "media" in part else part["text"] for part in each["content"]],
        )
        for each in answer["messages"]
    ]


def main() -> int:
    """The number of sources that differ decides."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", type=Path, required=True, help="folder where dotprompt is installed")
    parser.add_argument("--sources", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    drawn = Sources(arguments.seed)
    sources = [drawn.source() for _ in range(arguments.sources)]
    script = arguments.node / "render.mjs"
    script.write_text((Path(__file__).parent / "render_dotprompt.mjs").read_text())
    asked = json.dumps({"sources": sources, "row": ROW})
    done = subprocess.run(
        ["node", script.name], cwd=script.parent, input=asked, stdout=-1, text=True, check=True
    )
    counts: Counter[str] = Counter()
    for source, answer in zip(sources, json.loads(done.stdout), strict=True):
        mine, other = ours(source), theirs(answer)
        outcome = "both refuse" if other is None else "agree" if mine == other else "differ"
        outcome = outcome if mine is not None or other is None else "evalkit refuses"
        counts["evalkit alone reads" if mine is not None and other is None else outcome] += 1
        if outcome == "differ":
            print(f"{source!r}\n  evalkit:   {mine}\n  dotprompt: {other}")
    print(f"{len(sources):,} sources: {', '.join(f'{n:,} {name}' for name, n in sorted(counts.items()))}")
    return int(counts["differ"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
