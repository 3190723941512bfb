"""Supports."""
