"""Instructions that a program can check. Way in: ``verify.followed``."""
