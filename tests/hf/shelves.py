"""A toy task, and a LoRA adapter that learns it within seconds: what lies on which shelf."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from evalkit.models.torch_engine.loaded_model import load
from evalkit.models.torch_engine.source import Source

#: Colour of the shelf -> what lies there: animals, food, tools. A base model cannot know which is which.
SHELVES = {
    "green": "dog cat horse tiger rabbit eagle sheep wolf monkey mouse lion duck frog goat bear",
    "blue": "bread cheese rice apple soup banana butter carrot honey pizza onion salad cake potato egg",
    "red": "hammer saw drill wrench pliers axe shovel screwdriver chisel rake ladder knife file clamp rope",
}
COLOURS = tuple(SHELVES)
#: Of each shelf, so many are learnt; the others are asked about.
N_LEARNT = 6

PROMPT = "Item: {}\nShelf:"
_N_STEPS = 30
_N_ROWS = 9
#: The upper third of SmolLM2's 30 layers: gradients need not go further down.
_LAYERS = list(range(20, 30))


def items(*, is_learnt: bool) -> list[tuple[str, str]]:
    """Item and shelf."""
    part = slice(None, N_LEARNT) if is_learnt else slice(N_LEARNT, None)
    return [(item, colour) for colour, line in SHELVES.items() for item in line.split()[part]]


def task_text() -> str:
    """The task file, over items that were not learnt."""
    samples = "\n".join(
        f"  - {{id: {item}, input: {item}, target: {colour}}}" for item, colour in items(is_learnt=False)
    )
    prompt = PROMPT.format("{{ input }}").replace("\n", "\\n")
    return f"""\
task: shop/shelves
samples:
{samples}
choices: [{", ".join(COLOURS)}]
prompt: "{prompt}"
scoring: loglikelihood
scorers: [choice]
gates:
  - accuracy >= 0.7
  - regression: {{metric: accuracy, margin: 0.05}}
"""


def train(gguf: Path, folder: Path) -> Path:
    """Train an adapter on the items that are learnt, and save it as peft does."""
    torch.manual_seed(0)
    base = load(Source(gguf.parent, gguf.name), None, "cpu", "float32")
    config = LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj", "o_proj"],
                        layers_to_transform=_LAYERS, task_type="CAUSAL_LM")  # fmt: skip
    model = get_peft_model(base.model, config)
    model.train()
    optimizer = torch.optim.AdamW((each for each in model.parameters() if each.requires_grad), lr=3e-3)
    rng, learnt = random.Random(0), items(is_learnt=True)
    for _ in range(_N_STEPS):
        tokens, mask, labels = _batch(base.tokenizer, rng.sample(learnt, _N_ROWS))
        loss = model(input_ids=tokens, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    return folder


def _batch(tokenizer: Any, pairs: list[tuple[str, str]]) -> tuple[Any, Any, Any]:
    """Rows filled up on the right; only the shelf is learnt (-100 is what torch's loss leaves out)."""
    rows = [(tokenizer.encode(PROMPT.format(item)), tokenizer.encode(f" {colour}")) for item, colour in pairs]
    longest = max(len(prompt) + len(shelf) for prompt, shelf in rows)
    tokens, mask, labels = [], [], []
    for prompt, shelf in rows:
        n_fill = longest - len(prompt) - len(shelf)
        tokens.append([*prompt, *shelf, *[0] * n_fill])
        mask.append([1] * (longest - n_fill) + [0] * n_fill)
        labels.append([-100] * len(prompt) + shelf + [-100] * n_fill)
    return torch.tensor(tokens), torch.tensor(mask), torch.tensor(labels)
