"""What metrics over repeats share."""
