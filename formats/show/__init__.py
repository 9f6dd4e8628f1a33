"""Any file of ours or of a partner, as tables that a person can read."""
