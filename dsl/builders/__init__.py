"""Nodes of the syntax tree from what the parser found."""
