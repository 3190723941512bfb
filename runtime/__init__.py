"""The work: mechanics, solvers, optimisation, runs and reports; usable without the language."""
