"""metac: a modelling language and compiler for the inverse design of mechanical metamaterials."""
