"""What answers cost: whose prices hold for a model, and what a call comes to. Way in: ``book.PriceBook``."""
