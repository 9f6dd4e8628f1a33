"""One module a verb. Heavy packages are imported inside the commands, so that ``--help`` stays quick."""
