"""Maps from free parameters to geometry."""
