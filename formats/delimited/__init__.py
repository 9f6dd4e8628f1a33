"""Delimited text as it comes: encodings, quotes, broken rows, and the tables that a merchant keeps in it."""
