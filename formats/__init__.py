"""Bytes to frames and frames to bytes."""

import os

# Read by polars before its first query. A snapshot of any size is read within a few hundred MB: small pieces of text at
# a time, and what is being summed goes to the temporary folder beyond this budget.
os.environ.setdefault("POLARS_CSV_CHUNK_SIZE", "4000000")
os.environ.setdefault("POLARS_OOC_MEMORY_BUDGET_MB", "256")
