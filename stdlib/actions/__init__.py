"""What acts on bodies from outside."""
