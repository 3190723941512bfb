"""Area-preserving, equivariant flows of the plane in JAX: stream function, envelope, integrator."""
