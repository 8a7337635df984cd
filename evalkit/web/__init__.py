"""What a web page of evalkit on this machine needs: access, guards, static files, a server."""
