"""One evaluation session, whoever started it: plan, ask, record, decide, keep."""
