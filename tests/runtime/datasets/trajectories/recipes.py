"""Few small trajectories."""

from metac.runtime.datasets.trajectories.trajectories import TrajectoryRecipe

RECIPE = TrajectoryRecipe(
    packings=3,
    networks=2,
    nodes=16,
    sizes=(1.6, 1.4, 1.2, 1.0),
    pressure=0.2,
    lowest=0.1,
    least_degree=3,
    angle_stiffness=0.01,
    mass=100.0,
    damping=10.0,
    temperature=0.0,
    rate=1e-6,
    interval=4e-3,
    snapshots=2,
    substeps=None,
    validation=1,
    test=1,
    seed=5,
)
