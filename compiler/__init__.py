"""The meaning: from a syntax tree to a typed graph, a plan and a program."""
