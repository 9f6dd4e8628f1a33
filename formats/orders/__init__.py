"""Orders that others send: which products were sold, and how many."""
