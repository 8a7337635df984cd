"""Answers of ``hf/…``: those of transformers' own ``generate``, whoever shares the batch."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    TopPLogitsWarper,
)

from evalkit.core.message import Message
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import ModelError
from evalkit.models.torch_engine.decoding import Row, _drawn, _generator, _nucleus
from evalkit.models.torch_engine.generation import margin_of, neighbour_noise, write_together
from evalkit.models.torch_engine.layout import prompt_text
from evalkit.models.torch_engine.loaded_model import LoadedModel, load
from evalkit.models.torch_engine.source import Source
from tests.asking import ask
from tests.hf.asking_hf import one_by_one, opened, together

PROMPTS = [
    "Name a colour.",
    "What is the capital of France?",
    "Write one sentence about the sea, and one about the sky.",
    "2 + 2 =",
    "List three animals that live in the forest and say which of them sleeps in winter.",
    "Hi",
    "Translate into French: good morning",
    "Who wrote Hamlet?",
]
TOOL = {"type": "function", "function": {"name": "weather", "description": "Weather of a city."}}
HERMES = (
    "{% for t in tools %}{{ t | tojson }} {% endfor %}"
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
)


def requests(**generate: Any) -> list[Request]:
    lengths = [9, 3, 14, 6]
    return [
        ask(text, sample_id=str(place), generate=GenerateParams(lengths[place % 4], **generate))
        for place, text in enumerate(PROMPTS)
    ]


def outputs(responses: list[Response]) -> list[str | None]:
    return [response.output for response in responses]


@pytest.fixture(scope="module")
def loaded(tiny: Path) -> LoadedModel:
    return load(Source(tiny), None, "cpu", "float32")


def generated(path: Path, requests: list[Request]) -> list[str]:
    """What transformers itself makes of each prompt, alone."""
    options: dict[str, Any] = {"gguf_file": path.name} if path.is_file() else {}
    folder = path.parent if path.is_file() else path
    tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **options)
    texts = []
    for request in requests:
        messages = [{"role": "user", "content": request.messages[0].content}]
        tokens = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt")
        ids = tokens["input_ids"]
        limit = request.generate.max_tokens
        whole = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
                               max_new_tokens=limit, pad_token_id=2)  # fmt: skip
        texts.append(tokenizer.decode(whole[0, ids.shape[1] :], skip_special_tokens=True))
    return texts


def test_at_temperature_0_a_batch_answers_as_transformers_does_each_prompt_alone(smollm2: Path) -> None:
    asked = requests()[:6]
    answers = together(f"hf/{smollm2}?device=cpu", asked)
    assert outputs(answers) == generated(smollm2, asked)


def test_a_model_of_random_weights_answers_as_transformers_does(tiny: Path) -> None:
    asked = requests()
    assert outputs(together(f"hf/{tiny}?device=cpu", asked)) == generated(tiny, asked)


@pytest.mark.parametrize(
    "generate",
    [{}, {"temperature": 1.0, "seed": 7}, {"temperature": 0.7, "seed": 7, "top_p": 0.9}],
    ids=["greedy", "sampled", "nucleus"],
)
def test_an_answer_does_not_depend_on_who_shares_the_batch(generate: dict[str, Any], tiny: Path) -> None:
    spec, asked = f"hf/{tiny}?device=cpu", requests(**generate)
    assert outputs(together(spec, asked)) == outputs(one_by_one(spec, asked))


def test_requests_of_any_temperature_stand_in_one_batch(tiny: Path) -> None:
    spec = f"hf/{tiny}?device=cpu"
    greedy, sampled = requests(), requests(temperature=1.0, seed=3)
    mixed = [pair[place % 2] for place, pair in enumerate(zip(greedy, sampled, strict=True))]
    both = outputs(together(spec, greedy)), outputs(together(spec, sampled))
    assert outputs(together(spec, mixed)) == [
        pair[place % 2] for place, pair in enumerate(zip(*both, strict=True))
    ]


def test_a_seed_gives_the_same_answer_again_and_another_one_to_the_next_repeat(tiny: Path) -> None:
    generate = GenerateParams(12, temperature=1.0, seed=5)
    spec, asked = f"hf/{tiny}?device=cpu", [ask(generate=generate, repeat=repeat) for repeat in (0, 0, 1)]
    first, again, other = outputs(together(spec, asked))
    assert first == again != other


def test_samples_that_share_a_seed_do_not_share_their_luck(loaded: LoadedModel) -> None:
    """The same logits after two prompts: the same random numbers would draw the same token always."""

    def drawn(prompt: int, seed: int) -> int:
        return int(_drawn(torch.zeros(50), 1.0, None, _generator(Row([prompt], 1, seed=seed))).argmax())

    assert sum(drawn(1, seed) == drawn(2, seed) for seed in range(60)) < 10


def test_tokens_are_drawn_as_often_as_the_temperature_says() -> None:
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0, -3.0])
    generator = torch.Generator().manual_seed(1)
    n, counts = 20_000, torch.zeros(5)
    for _ in range(n):
        counts[_drawn(logits, 1.5, None, generator).argmax()] += 1
    expected = torch.softmax(logits / 1.5, dim=0) * n
    assert float(((counts - expected) ** 2 / expected).sum()) < 18.5  # chi-squared, 4 degrees, p = .001


@pytest.mark.parametrize("top_p", [0.1, 0.5, 0.9, 0.99])
def test_the_nucleus_is_that_of_transformers(top_p: float) -> None:
    logits = torch.randn(200, generator=torch.Generator().manual_seed(2)) * 3
    theirs = TopPLogitsWarper(top_p)(torch.zeros(1, 1), (logits / 0.8)[None])[0]
    assert torch.equal(torch.isfinite(_nucleus(logits, 0.8, top_p)), torch.isfinite(theirs))


def test_usage_and_the_reason_of_the_end_are_told(tiny: Path) -> None:
    asked = requests()
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    for request, response in zip(asked, together(f"hf/{tiny}?device=cpu", asked), strict=True):
        messages = [{"role": "user", "content": request.messages[0].content}]
        prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True)
        assert response.prompt_tokens == len(prompt["input_ids"])
        assert response.finish_reason in ("stop", "length")
        is_full = response.completion_tokens == request.generate.max_tokens
        assert response.finish_reason == "length" if is_full else response.finish_reason == "stop"
        assert response.latency_s is not None
        assert response.ttft_s is not None
        assert 0 < response.ttft_s <= response.latency_s


def test_a_stop_text_ends_the_answer_before_it(tiny: Path) -> None:
    spec, whole = f"hf/{tiny}?device=cpu", GenerateParams(14)
    (full,) = together(spec, [ask(PROMPTS[2], generate=whole)])
    assert full.output
    stop = full.output[len(full.output) // 2 :][:3]
    (cut,) = together(spec, [ask(PROMPTS[2], generate=GenerateParams(14, stop=("nowhere", stop)))])
    assert cut.output == full.output[: full.output.index(stop)]
    assert cut.finish_reason == "stop"
    assert (cut.completion_tokens or 0) < (full.completion_tokens or 0)


def test_a_close_choice_is_made_again_alone(loaded: LoadedModel) -> None:
    """With an endless margin every row counts as close: all of them are then what they are alone."""
    rows = [Row([5, 6, 7][: place + 1], 6) for place in range(3)]
    write_together(loaded, rows, margin=float("inf"), is_closing=lambda: False)
    for row in rows:
        alone = Row(row.tokens, 6)
        write_together(loaded, [alone], margin=0.0, is_closing=lambda: False)
        assert (row.written, row.closest) == (alone.written, alone.closest)


def test_the_effect_of_a_neighbour_is_measured(loaded: LoadedModel) -> None:
    noise = neighbour_noise(loaded)
    assert 0 <= noise < 1e-3
    margin = margin_of(loaded, 16)
    assert margin is not None
    assert margin >= 32 * noise


def test_a_model_whose_neighbours_count_is_asked_row_by_row(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.models.torch_engine.generation.neighbour_noise", lambda loaded: 0.1)
    assert margin_of(load(Source(tiny), None, "cpu", "float32"), 16) is None


def test_penalties_that_would_count_the_padding_are_asked_row_by_row(tiny: Path, tmp_path: Path) -> None:
    for file in tiny.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "generation_config.json").unlink()
    (tmp_path / "generation_config.json").write_text('{"repetition_penalty": 1.3, "eos_token_id": 2}')
    penalised = load(Source(tmp_path), None, "cpu", "float32")
    assert margin_of(penalised, 16) is None


def test_closing_ends_an_answer_that_is_being_written(loaded: LoadedModel) -> None:
    row, n_looks = Row([5, 6], 200), iter(range(1_000))
    write_together(loaded, [row], margin=0.0, is_closing=lambda: next(n_looks) >= 3)
    assert len(row.written) <= 4


def test_the_loop_stays_free_while_an_answer_is_written(tiny: Path) -> None:
    async def run() -> int:
        model, n_ticks = opened(f"hf/{tiny}?device=cpu"), 0
        await model.start()
        answer = asyncio.ensure_future(model.respond(ask(generate=GenerateParams(100))))
        while not answer.done():
            await asyncio.sleep(0)
            n_ticks += 1
        await model.close()
        return n_ticks

    assert asyncio.run(run()) > 100


def test_a_prompt_that_does_not_fit_is_an_error_of_that_sample(tiny: Path) -> None:
    async def run() -> list[Any]:
        model = opened(f"hf/{tiny}?device=cpu")
        await model.start()
        calls = [model.respond(ask(text)) for text in ("word " * 60, "short")]
        found = await asyncio.gather(*calls, return_exceptions=True)
        await model.close()
        return found

    failed, answered = asyncio.run(run())
    assert "exceeds the model's 256" in str(failed)
    assert isinstance(answered, Response)


def test_a_model_with_a_last_position_is_not_moved_past_it(tiny: Path, tmp_path: Path) -> None:
    """A long prompt with a short answer beside a short prompt with a long one: each fits, both do not."""
    for file in (*tiny.glob("token*"), tiny / "chat_template.jinja"):
        (tmp_path / file.name).symlink_to(file)
    config = GPT2Config(vocab_size=259, n_positions=128, n_embd=32, n_layer=1, n_head=2,
                        bos_token_id=1, eos_token_id=2, pad_token_id=2)  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    asked = [
        ask("word " * 14, generate=GenerateParams(8)),
        ask("Hi", generate=GenerateParams(80)),
    ]
    spec = f"hf/{tmp_path}?device=cpu"
    assert outputs(together(spec, asked)) == outputs(one_by_one(spec, asked))


def test_tools_stand_in_the_prompt_where_the_template_has_a_place(loaded: LoadedModel) -> None:
    request = ask(tools=(TOOL,))
    loaded.tokenizer.chat_template, before = HERMES, loaded.tokenizer.chat_template
    try:
        assert '"name": "weather"' in prompt_text(loaded.tokenizer, request, is_chat=True)
    finally:
        loaded.tokenizer.chat_template = before


def test_a_template_that_refuses_the_messages_says_so(loaded: LoadedModel) -> None:
    refusing = "{{ raise_exception('no system') }}"
    loaded.tokenizer.chat_template, before = refusing, loaded.tokenizer.chat_template
    request = Request((Message("system", "x"),), GenerateParams(), Sample("1", "x"), has_roles=True)
    try:
        with pytest.raises(ModelError, match="refuses these messages: no system"):
            prompt_text(loaded.tokenizer, request, is_chat=True)
    finally:
        loaded.tokenizer.chat_template = before
