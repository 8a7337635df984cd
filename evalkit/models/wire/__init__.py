"""What providers over HTTP share: client, retry, limits."""
