"""How gates are decided: rules, levels, looks, and the sentences of verdicts."""
