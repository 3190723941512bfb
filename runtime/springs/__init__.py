"""Networks of springs in a periodic box: how they are made, how they respond at rest and under strain, how they move."""
