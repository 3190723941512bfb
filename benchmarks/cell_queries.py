"""Time to find cells of a data base by their stiffness.

python benchmarks/cell_queries.py RUN_FOLDER       # of a run of specs/multiscale/cells.meta
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from metac.runtime.datasets.cells.property_index import PropertyIndex

QUERIES = 2000


def main(folder: Path) -> None:
    """Print what one query takes, in processor time."""
    with np.load(folder / "cells.npz") as data:
        stiffness = data["stiffness"]
    random = np.random.default_rng(0)
    pairs = random.integers(0, len(stiffness), (QUERIES, 2))
    wanted = stiffness[pairs].mean(axis=1)
    start = time.process_time()
    index = PropertyIndex(stiffness, stiffness.max(axis=0))
    built = time.process_time() - start
    print(f"{len(stiffness):,} cells: index {1e3 * built:.0f} ms")
    for count in (1, 20, 200):
        start = time.process_time()
        distances = [index.nearest(each, count).distances[-1] for each in wanted]
        seconds = (time.process_time() - start) / QUERIES
        print(f"the {count} nearest: {1e6 * seconds:.0f} µs, the last one {np.median(distances):.4f} away in the median")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
