"""What data sets of networks are labelled with."""

PROPERTY_NAMES = ("E11", "E22", "nu12", "nu21")
"""Names of the measures, in the order of labels."""
PROPERTY_UNITS = ("MPa", "MPa", "", "")
