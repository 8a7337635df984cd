"""What each sample of a task is worth, from the answers that the store holds."""
