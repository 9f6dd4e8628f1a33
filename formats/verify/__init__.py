"""An 846 judged against the standard, its dialect, and itself."""
