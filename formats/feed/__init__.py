"""Feeds as text: CSV, XML, and the templates that they are filled from."""
