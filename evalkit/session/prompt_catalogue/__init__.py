"""The versions of prompts: from git, from the store, and what became of them."""
