"""JSON Schema of what users write. Way in: ``task_file.task_file_schema``."""
