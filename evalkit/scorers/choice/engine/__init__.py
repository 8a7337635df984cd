"""What the choice scorers share."""
