"""The 846 as trading partners want it written."""
