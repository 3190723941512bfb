"""Networks and how they are trained; knows nothing of the language."""
