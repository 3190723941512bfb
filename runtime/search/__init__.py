"""Search among designs that networks propose."""
