"""What the store has of a Sample as one text is messages again."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.message import Media, MediaPart, Message, TextPart, conversation_text
from evalkit.review.conversation import answer, asked, asked_of_both, media_of, without_keys
from evalkit.store.review_content import AnswerContent

IMAGE = Media.of(b"picture", "image/png")


def content(text: str = "", **fields: Any) -> AnswerContent:
    values: dict[str, Any] = {
        "target": None, "output": "", "contexts": (), "tool_calls": (), "trajectory": (), "media": (),
    }  # fmt: skip
    return AnswerContent(text, **{**values, **fields})


def test_a_conversation_comes_back_message_by_message() -> None:
    messages = (
        Message("system", "Be brief."),
        Message("user", "Hi.\n\nHow are you?"),
        Message("assistant", "Well"),
    )
    assert asked(content(conversation_text(messages))) == messages


@pytest.mark.parametrize("text", ["", "What is 1 + 1?", "the user:\nsaid so", "users:\nx"])
def test_a_text_without_roles_is_one_of_the_user(text: str) -> None:
    assert asked(content(text)) == (Message("user", text),)


def test_an_image_stands_where_it_stood() -> None:
    message = Message.of_parts("user", [TextPart("look:"), MediaPart("image", IMAGE), TextPart("well?")])
    (found,) = asked(content(message.text, media=(IMAGE.sha256,)))
    kinds = [part.text if isinstance(part, TextPart) else part.media.sha256 for part in found.parts]
    assert kinds == ["look:", IMAGE.sha256, "well?"]


def test_a_text_that_only_looks_like_an_image_stays_text() -> None:
    text = f"[image image/png sha256:{'0' * 64}]"
    assert asked(content(text, media=(IMAGE.sha256,))) == (Message("user", text),)


def test_of_unlike_prompts_the_reviewer_sees_what_both_were_asked() -> None:
    question = Message("user", "2 + 2?")
    one = content(conversation_text([Message("system", "terse"), question]))
    other = content(conversation_text([Message("system", "kind"), question]))
    assert asked_of_both(one, other) == (question,)
    assert asked_of_both(content("Q: 2 + 2?"), content("Say it: 2 + 2?")) == (Message("user", "Q: 2 + 2?"),)


def test_an_answer_keeps_its_way_and_what_it_rests_on() -> None:
    steps = (Message.of_parts("tool", [MediaPart("image", IMAGE)]),)
    found = answer(content(output="four", contexts=("a passage",), trajectory=steps))
    assert (found.output, found.contexts, found.trajectory) == ("four", ("a passage",), steps)
    assert media_of(content(trajectory=steps, media=("asked",))) == {"asked", IMAGE.sha256}


def test_keys_are_cut_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "Zk3vQ9xLw7TnB2yR8mHd"
    monkeypatch.setenv("SOME_API_KEY", key)
    call = {"type": "function", "function": {"name": "f", "arguments": f'{{"key": "{key}"}}'}}
    steps = (Message("assistant", f"use {key}", tool_calls=(call,)),)
    found = without_keys(
        content(
            f"in {key}",
            target=[f"is {key}"],
            output=key,
            contexts=(key,),
            tool_calls=(call,),
            trajectory=steps,
        )
    )
    assert key not in repr(found)
