"""Task files -> Tasks."""
