"""Which answers are worth a person's time, and a random part of the others."""
