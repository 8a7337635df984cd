"""What the judge scorer does: write a question, read a verdict, count the verdicts."""
