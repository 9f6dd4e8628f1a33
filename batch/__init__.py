"""When, in which order, and what is remembered."""
