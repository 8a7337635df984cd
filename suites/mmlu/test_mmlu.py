"""MMLU, one task for each of its 57 subjects: ``pytest suites/mmlu/test_mmlu.py -k anatomy``.

A task stands in this module under the name of its subject, which is how pytest finds it.
"""

from __future__ import annotations

import evalkit

SUBJECTS = [
    "abstract_algebra",
    "anatomy",
    "astronomy",
    "business_ethics",
    "clinical_knowledge",
    "college_biology",
    "college_chemistry",
    "college_computer_science",
    "college_mathematics",
    "college_medicine",
    "college_physics",
    "computer_security",
    "conceptual_physics",
    "econometrics",
    "electrical_engineering",
    "elementary_mathematics",
    "formal_logic",
    "global_facts",
    "high_school_biology",
    "high_school_chemistry",
    "high_school_computer_science",
    "high_school_european_history",
    "high_school_geography",
    "high_school_government_and_politics",
    "high_school_macroeconomics",
    "high_school_mathematics",
    "high_school_microeconomics",
    "high_school_physics",
    "high_school_psychology",
    "high_school_statistics",
    "high_school_us_history",
    "high_school_world_history",
    "human_aging",
    "human_sexuality",
    "international_law",
    "jurisprudence",
    "logical_fallacies",
    "machine_learning",
    "management",
    "marketing",
    "medical_genetics",
    "miscellaneous",
    "moral_disputes",
    "moral_scenarios",
    "nutrition",
    "philosophy",
    "prehistory",
    "professional_accounting",
    "professional_law",
    "professional_medicine",
    "professional_psychology",
    "public_relations",
    "security_studies",
    "sociology",
    "us_foreign_policy",
    "virology",
    "world_religions",
]

OPTIONS = "\n".join(f"{letter}. {{{{ choices[{i}] }}}}" for i, letter in enumerate("ABCD"))


def task_of(subject: str) -> evalkit.Task:
    """One subject: five examples from its dev split in their order, four answers ranked by their letter."""
    about = subject.replace("_", " ")
    return evalkit.Task(
        task=f"mmlu/{subject}",
        dataset={"path": "cais/mmlu", "name": subject, "split": "test"},
        input="{{ question.strip() }}\n" + OPTIONS,
        target="{{ 'ABCD'[answer] }}",
        description=f"The following are multiple choice questions (with answers) about {about}.\n\n",
        prompt="{{ input }}\nAnswer:",
        fewshot={"n": 5, "split": "dev", "order": "first"},
        choices=["A", "B", "C", "D"],
        scoring="loglikelihood",
        scorers=["choice"],
        metrics=["accuracy"],
        gates=["error_rate <= 0.01", {"regression": {"metric": "accuracy", "margin": 0.02}}],
        tags=["mmlu", "knowledge"],
    )


globals().update({subject: task_of(subject) for subject in SUBJECTS})
