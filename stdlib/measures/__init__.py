"""Numbers, curves and tensors read from loads and bodies."""
