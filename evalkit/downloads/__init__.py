"""Files that no package can carry: fetched once, checked by their hash, kept in the user's cache."""
