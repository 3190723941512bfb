"""From expressions and plans to code."""
