"""Compiled programs and meshes cached between processes, in folders that only their owner can write: programs are code."""

from __future__ import annotations

from pathlib import Path

from metac.runtime.artefacts.places import private_folder


def enable() -> Path | None:
    """Let JAX keep compiled programs, and the mesher meshes; gives the programs' folder, or None where none is safe."""
    from metac.runtime.mesh.mesh_cache import cache_in

    cache_in(private_folder("meshes"))
    folder = private_folder("compiled")
    if folder is None:
        return None
    import jax

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
