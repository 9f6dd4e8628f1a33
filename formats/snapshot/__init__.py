"""From the rows of a snapshot to levels, whatever the format of its file."""
