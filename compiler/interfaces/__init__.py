"""What the compiler links against: the seams between the parts of a design."""
