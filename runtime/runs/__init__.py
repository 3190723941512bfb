"""Run folders, checkpoints and resuming."""
