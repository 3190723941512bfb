"""From a syntax tree to the typed graph of its design."""
