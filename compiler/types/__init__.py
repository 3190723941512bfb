"""Types of values, physical dimensions and units."""
