"""The store as pages: served on this machine, or as a folder of files."""
