"""Contact within bodies."""
