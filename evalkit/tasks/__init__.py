"""What a ``*.eval.yaml`` says. Ways in: ``taskfile.load_task_file``, ``assertions.parse_assertions``."""
