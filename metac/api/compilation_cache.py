"""Compiled programs kept between processes, in a folder that only its owner can write: its entries can run code."""

from __future__ import annotations

from pathlib import Path

from metac.runtime.artefacts.places import private_folder


def enable() -> Path | None:
    """Let JAX keep compiled programs; gives the folder, or None where there is none that is safe."""
    folder = private_folder("compiled")
    if folder is None:
        return None
    import jax

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
