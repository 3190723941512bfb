"""Choosing cells that fit each other: what a choice and a pair cost, and the cheapest assembly with its bound."""
