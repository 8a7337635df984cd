"""What no wheel of ours can carry: fetched once into a user cache, checked by its hash."""
