"""The 846 as trading partners write it, read as a snapshot."""
