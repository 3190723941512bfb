"""How goals are pursued."""
