"""Checks of a typed graph that go beyond types, one file a check."""
