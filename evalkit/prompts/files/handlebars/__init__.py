"""Handlebars templates as a tree, and the part of them that has a faithful form in Jinja written so."""
