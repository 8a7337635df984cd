"""A module of Hugging Face evaluate with several references, and with two numbers of which one counts."""

import datasets
import evaluate


class Overlap(evaluate.Metric):
    def _info(self):
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description="",
            citation="",
            features=[
                datasets.Features({"predictions": text, "references": datasets.Sequence(text)}),
                datasets.Features({"predictions": text, "references": text}),
            ],
        )

    def _compute(self, predictions, references):
        hits = [a in b for a, b in zip(predictions, references, strict=True)]
        return {"any": sum(hits) / len(hits), "none": 1 - sum(hits) / len(hits)}
