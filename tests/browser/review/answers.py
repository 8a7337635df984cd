"""Stores with answers of every form, for people to review."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evalkit.core.message import Media, MediaPart, Message, TextPart, conversation_text
from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.core.sample import Sample
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

MARKDOWN = """The capital was renamed **twice**:

1. *1624*: Christiania, after a king
2. 1925: Oslo again

| year | name | people |
|------|------|-------:|
| 1814 | Christiania | 9,500 |
| 1925 | Oslo | 251,000 |

```python
def name(year: int) -> str:
    return "Oslo" if year >= 1925 else "Christiania"
```

> See [the archive](https://example.org/archive) for more.
"""
CODE = "def is_near(a, b):\n    if abs(a - b) < 1:\n        return True\n    return False\n"
JSON = json.dumps(
    {"answer": "Oslo", "sure": 0.93, "sources": [{"title": "Archive", "page": i} for i in range(4)]}
)
ARABIC = "عاصمة النرويج هي **أوسلو**.\n\n- كريستيانيا حتى عام 1925\n- أوسلو منذ ذلك الحين"
HOSTILE = (
    "<script>document.title = 'taken'</script><img src=https://evil.example/a.png onerror=alert(1)>\n"
    "![dot](https://evil.example/b.png) [go](javascript:alert(1)) \u202egnp.exe"
)
LONG = "A long story that goes on and on. " * 1_000
CALL = {
    "id": "c",
    "type": "function",
    "function": {"name": "find_orders", "arguments": '{"customer": "C-1042"}'},
}
SAID = "Your kettle is six days late. You get an answer by tomorrow."
STEPS = (
    Message("assistant", "I look that up.", tool_calls=(CALL,)),
    Message("tool", '{"orders": [{"item": "kettle", "days_late": 6}]}', tool_call_id="c"),
    Message("assistant", SAID),
)
SYSTEM = Message("system", "You answer for a shop. Two sentences at most.")


def picture() -> Media:
    """A small PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + b"".join(bytes((30 * (x // 30), 90, 170)) for x in range(240)) for _ in range(120)
    )
    head = struct.pack(">IIBBBBB", 240, 120, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return Media.of(b"\x89PNG\r\n\x1a\n" + data, "image/png", "chart.png")


#: Form -> question, reference and answer.
FORMS: dict[str, tuple[tuple[Message, ...], object, Response]] = {
    "markdown": ((SYSTEM, Message("user", "What was Oslo called?")), "Christiania", Response(MARKDOWN)),
    "code": ((Message("user", "Write a function."),), None, Response(CODE)),
    "json": ((Message("user", "Answer in JSON."),), ["Oslo", "oslo"], Response(JSON)),
    "arabic": ((Message("user", "ما هي عاصمة النرويج؟"),), "أوسلو", Response(ARABIC)),
    "steps": ((SYSTEM, Message("user", "Where is my order?")), None, Response(SAID, trajectory=STEPS)),
    "image": (
        (Message.of_parts("user", [TextPart("Which colour is it?"), MediaPart("image", picture())]),),
        "blue",
        Response("It turns from blue to purple.", contexts=("Colours of the house: blue.",)),
    ),
    "hostile": ((Message("user", "Say something odd."),), None, Response(HOSTILE)),
    "long": ((Message("user", "Tell a story."),), None, Response(LONG)),
}


#: In the order in which they are shown.
NAMES = tuple(FORMS)


def answers_of_all_forms(suffix: str = "") -> list[tuple[Sample, Response]]:
    """One of each form; of the other side of a pair with ``suffix`` at the end."""
    found = []
    for name, (asked, target, response) in FORMS.items():
        text = conversation_text(asked)
        media = tuple(each.sha256 for message in asked for each in message.media)
        output = f"{response.output}{suffix}" if name != "json" or not suffix else JSON.replace("0.93", "0.5")
        answer = replace(response, output=output, input=text, media=media or None, sample_id=name)
        if suffix:
            answer = replace(answer, trajectory=None)
        found.append((Sample(name, text, target, content_hash=name), answer))
    return found


def short_answers(n: int, word: str = "yes") -> list[tuple[Sample, Response]]:
    """Questions of one line, each with an answer of its own."""
    return [
        (
            Sample(f"s{i}", f"Question {i}?", f"target {i}", content_hash=f"s{i}"),
            Response(f"{word} {i}", f"s{i}", input=f"Question {i}?"),
        )
        for i in range(n)
    ]


def add_run(store: Path, run_id: str, answers: Sequence[tuple[Sample, Response]]) -> None:
    """A run of one task with these answers, folded into the store."""
    model = f"local/{run_id}"
    evaluation_id = f"{run_id}-1"
    spool = Spool.create(store, run_id)
    spool.add_run(make_run(run_id))
    spool.add_evaluation(
        make_evaluation(
            evaluation_id,
            run_id,
            subject=SubjectRecord(model, model),
            task="support",
            n_samples=len(answers),
        )
    )
    spool.add_media([picture()])
    for i, (sample, response) in enumerate(answers):
        spool.add_response(evaluation_id, sample, response, i)
    spool.close()
    with Store.open(store, mode="write") as opened:
        opened.fold()
