"""Load paths: increments, warm starts, stability, arc length, and their derivatives."""
