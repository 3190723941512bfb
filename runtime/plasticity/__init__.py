"""Laws of plastic flow."""
