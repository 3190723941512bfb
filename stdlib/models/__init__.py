"""Models that are trained on data sets."""
