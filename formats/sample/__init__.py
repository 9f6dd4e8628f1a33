"""A sample of an order source's file: what it is made of, and the layout of the profile that would write it."""
