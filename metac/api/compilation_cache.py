"""Compiled programs and meshes cached between processes, in folders that only their owner can write: programs are code."""

from __future__ import annotations

from pathlib import Path

from metac.runtime.artefacts.places import private_folder


def enable() -> Path | None:
    """Let JAX cache compiled programs, and the mesher meshes, between processes.

    A cache that the program around metac has given JAX stays, and one that it has switched off stays off
    (`jax_compilation_cache_dir`, `jax_enable_compilation_cache`).

    Returns the folder of metac's compiled programs; None where another one, or none, is used.
    """
    import jax

    from metac.runtime.mesh.mesh_cache import cache_in

    cache_in(private_folder("meshes"))
    folder = private_folder("compiled")
    present = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
    enabled = jax.config.jax_enable_compilation_cache  # pyright: ignore[reportAttributeAccessIssue]
    if folder is None or not enabled or (present is not None and present != str(folder)):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
