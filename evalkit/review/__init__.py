"""People review answers: what they are shown, who gets what, and what becomes of what they say."""
