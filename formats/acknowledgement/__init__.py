"""Functional acknowledgements (997, 999, TA1): read back to the SKU, and written for what we have read."""
