"""What the code scorer does: find the code, build its tests, set its pace."""
