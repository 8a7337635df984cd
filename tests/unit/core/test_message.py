"""Messages as texts that people read and hashes cover."""

from __future__ import annotations

from evalkit.core.message import Media, MediaPart, Message, TextPart, conversation_text
from evalkit.core.request import GenerateParams, Request
from evalkit.core.sample import Sample

IMAGE = Media.of(b"bytes", "image/png", "cat.png")
SEEN = Message.of_parts("user", (TextPart("What"), MediaPart("image", IMAGE), TextPart("is this?")))
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}


def test_media_stand_in_the_text_by_type_and_hash_and_not_by_name() -> None:
    assert SEEN.content == "What\nis this?"
    assert SEEN.text == f"What\n[image image/png sha256:{IMAGE.sha256}]\nis this?"


def test_a_call_of_a_tool_stands_in_the_text_with_its_arguments() -> None:
    calling = Message("assistant", "", (), (CALL,))
    answering = Message("tool", "a cat", tool_call_id="c1")
    assert conversation_text([calling, answering]) == 'assistant:\n[call look({"at": 1})]\n\ntool:\na cat'


def test_a_request_shows_each_media_once() -> None:
    request = Request((SEEN, SEEN), GenerateParams(), Sample("1", ""), has_roles=True)
    assert request.media == (IMAGE,)
    assert request.text == f"user:\n{SEEN.text}\n\nuser:\n{SEEN.text}"
