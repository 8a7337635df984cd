"""What moved over the history of a store, since when, by how much, and why."""
