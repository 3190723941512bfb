"""One equilibrium: the assembled problem, Newton's method, and the way to the sparse solver."""
