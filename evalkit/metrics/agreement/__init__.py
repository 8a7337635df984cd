"""How far two agree beyond chance: registered names alone, their formulas in ``engine``."""
