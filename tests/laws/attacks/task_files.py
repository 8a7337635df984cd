"""Every key of a task file with values of every wrong kind, and files that are none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import yaml

from evalkit.core.old_names import KEYS as OLD_NAMES
from evalkit.tasks.taskfile import KNOWN_KEYS
from tests.laws.attacks.attack import ENDS, PLAIN_TASK, Attack, refused

_TASK: dict[str, Any] = yaml.safe_load(PLAIN_TASK)
_KEYS = (*(key for key in KNOWN_KEYS if key != "samples"), *OLD_NAMES)
_VALUES: tuple[Any, ...] = (
    None,
    -1,
    1e308,
    True,
    "",
    " ",
    "\x00",
    "\x1b[31m",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    {"a": {"b": [1]}},
    "{{",
    "{{ nothing.of.it }}",
    "{{ input|titel }}",
    "{% for i in range(10**9) %}x{% endfor %}",
    "x" * 100_000,
)
_BOMBS = {
    "aliases": "a: &a [x]\n"
    + "".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n" for p, c in pairwise("abcdefghi"))
    + "task: x\nsamples: [{input: *i}]\n",
    "aliases in tags": "x: &x {a: 1}\ntask: t\nsamples: [{input: a}]\ntags: [*x, *x]\n",
    "recursive alias": "task: t\nsamples: &s [*s]\n",
    "deep flow": "task: t\nsamples: " + "[" * 20_000,
    "deep blocks": "\n".join(" " * i + "- " for i in range(3_000)),
    "python tag": "task: t\nsamples: [{input: !!python/object/apply:os.system ['touch outside']}]\n",
    "unknown tag": "task: !mine t\nsamples: [{input: a}]\n",
    "tabs": "task:\tt\n\tsamples: []\n",
    "two documents": "task: t\n---\ntask: u\n",
    "a scalar": "just a text\n",
    "empty": "",
    "only a comment": "# nothing\n",
    "nul": "task: a\x00b\nsamples: [{input: a}]\n",
    "long integer": "task: t\nsamples: [{input: a}]\nmax_error_rate: " + "9" * 5_000 + "\n",
    "double key": "task: t\ntask: u\nsamples: [{input: a}]\n",
    "merge key": "task: t\n<<: [1]\nsamples: [{input: a}]\n",
    "date": "task: 2026-11-28\nsamples: [{input: a}]\n",
}
_SPECIAL: dict[str, dict[str, Any]] = {
    "path outside": {"dataset": {"file": "../../../../etc/passwd", "format": "csv"}},
    "absolute path": {"dataset": {"file": "/etc/passwd", "format": "csv"}},
    "device": {"dataset": {"file": "/dev/zero", "format": "jsonl"}},
    "folder as file": {"dataset": {"file": "."}},
    "nul in path": {"dataset": {"file": "a\x00.jsonl"}},
    "hub without network": {"dataset": {"path": "nobody/nothing"}},
    "two-letter delimiter": {"dataset": {"file": "cases.jsonl", "format": "csv", "delimiter": "ab"}},
    "threshold outside": {"gates": ["accuracy >= 80"]},
    "negative threshold": {"gates": ["accuracy >= -1"]},
    "margin outside": {"gates": [{"regression": {"metric": "accuracy", "margin": 2}}]},
    "alpha outside": {"gates": [{"regression": {"metric": "accuracy", "alpha": 2}}]},
    "error rate of 5": {"gates": ["error_rate <= 5"]},
    "nan threshold": {"gates": ["accuracy >= nan"]},
    "huge order": {"metrics": [{"chrf": {"char_order": 10**9}}]},
    "huge bleu order": {"metrics": [{"bleu_n": {"n": 10**9}}]},
    "unknown scorer": {"scorers": ["exakt_match"]},
    "unknown metric": {"metrics": ["akkuracy"]},
    "unknown parameter": {"scorers": [{"exact_match": {"ignore_kase": True}}]},
    "bad regex": {"scorers": [{"regex": {"pattern": "("}}]},
    "deep regex": {"scorers": [{"regex": {"pattern": "(" * 5_000 + ")" * 5_000}}]},
    "power in a template": {"input": "{{ 10 ** 10 ** 8 }}"},
    "text times": {"input": "{{ 'a' * 10**9 }}"},
    "width": {"input": "{{ '%1000000000d' % 1 }}"},
    "center": {"input": "{{ 'a'|center(10**9) }}"},
    "attribute walk": {"input": "{{ ''.__class__.__mro__[1].__subclasses__() }}"},
    "endless macro": {"input": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"},
    "prompt that asks nothing": {"prompt": "Say {input}"},
    "prompt that is a path": {"prompt": "prompts/terse.jinja"},
    "prompt constant": {"prompt": "Hello."},
    "missing model folder": {"metrics": [{"similarity": {"model": "/etc"}}]},
}


def attacks() -> Iterator[Attack]:
    for key in _KEYS:
        for place, value in enumerate(_VALUES):
            text = yaml.safe_dump({**_TASK, key: value}, allow_unicode=True)
            yield Attack("task file", f"{key} {place}", {"suites/plain.eval.yaml": text})
    for name, text in _BOMBS.items():
        yield Attack("task file", name, {"suites/plain.eval.yaml": text})
    for name, change in _SPECIAL.items():
        text = yaml.safe_dump({**_TASK, **change}, allow_unicode=True)
        yield Attack("task file", name, {"suites/plain.eval.yaml": text}, ends=ENDS - {0})
    raw = {
        "latin-1": "task: ä\n".encode("latin-1"),
        "utf-16": "task: t\n".encode("utf-16"),
        "bytes": bytes(range(256)),
    }
    for name, data in raw.items():
        yield Attack("task file", name, {"suites/plain.eval.yaml": data}, ends=refused())
