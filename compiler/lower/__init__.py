"""From resolved expressions and plans to JAX."""
