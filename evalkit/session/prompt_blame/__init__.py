"""Which version of a prompt brought a regression."""
