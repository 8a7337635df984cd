"""What answers took: time, tokens, money, failures."""
