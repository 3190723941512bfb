"""From element integrals to arrays of the whole mesh."""
