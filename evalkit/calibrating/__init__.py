"""Measures a judge against people: labels, judgements, figures, attacks, and the record of them."""
