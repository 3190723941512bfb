"""A class of which nothing can be told before it is run: for specs that are about something else."""

M = type("M", (), {})
