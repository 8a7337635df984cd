"""What the match scorers share."""
