"""Data bases of orthotropic cells: seeds by topology optimisation, then perturbed shapes."""
