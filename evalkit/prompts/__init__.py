"""Templates and what a model sees. Ways in: ``file.load_prompt``, ``render.PromptRenderer``."""
