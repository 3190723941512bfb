"""What writers get wrong, by kind: each function knows one mistake by the token where the grammar stops and those around."""
