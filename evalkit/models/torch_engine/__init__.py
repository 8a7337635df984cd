"""The other engine in this process: transformers on torch. Neither is imported before it is needed."""
