"""Families of cells that metac makes itself: seeds by topology optimisation, then perturbed shapes, many at a time."""
