"""Pictures, tables and files of a result."""
