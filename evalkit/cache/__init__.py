"""The memory of responses: what was asked before is not paid for again."""
