"""Elements with a pressure of their own, for nearly incompressible materials."""
