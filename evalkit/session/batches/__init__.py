"""``--llm-batch``: requests go to the vendor's batch endpoint, and are collected by this session or a later
one."""
