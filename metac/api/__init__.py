"""What `metac` offers to Python programs."""
