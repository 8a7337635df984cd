"""Prompt files that say more than their text. Way in: ``read.read_prompt_file``."""
