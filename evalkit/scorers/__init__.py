"""One Response -> one Score."""
