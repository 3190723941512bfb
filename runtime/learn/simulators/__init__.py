"""Learned simulators of networks of springs: what a network does from snapshot to snapshot."""
