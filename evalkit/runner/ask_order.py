"""The random order in which a task's samples are asked where the asking may end early."""

from __future__ import annotations

import random


def ask_order(n_samples: int, dataset_hash: str, seed: str) -> list[int]:
    """The indexes 0 .. n_samples - 1, shuffled: any order is as likely as any other, whatever is answered.

    Args:
        dataset_hash: unlike datasets of one run are put into unlike orders, equal ones into the same.
        seed: ``evaluations.order_seed``; the same seed gives the same order in every evalkit and Python.
    """
    order = list(range(n_samples))
    random.Random(f"{seed} {dataset_hash}").shuffle(order)
    return order
