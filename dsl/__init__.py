"""The text: grammar, syntax tree, recovery and diagnostics."""
