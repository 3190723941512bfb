"""From compiled code to functions on the host and back."""
