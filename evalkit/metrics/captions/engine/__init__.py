"""How the caption metrics are computed: tokens, n-grams, Java, scene graphs."""
