"""Items and labels in files of other tools, and as samples of a task."""
