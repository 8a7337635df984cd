"""Templates of rows and prompts, and the messages that they become."""
