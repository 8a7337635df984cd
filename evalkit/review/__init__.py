"""People label Responses in a local web page."""
