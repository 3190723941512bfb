"""Maps the top-level folders into the `metac` package; all other settings are in pyproject.toml."""

from setuptools import find_packages, setup

PARTS = ("dsl", "compiler", "runtime", "stdlib")

setup(
    packages=[
        "metac",
        *(f"metac.{name}" for name in find_packages("metac") if name.split(".")[0] not in PARTS),
    ]
    + [f"metac.{name}" for part in PARTS for name in (part, *(f"{part}.{sub}" for sub in find_packages(part)))],
    package_dir={"metac": "metac", **{f"metac.{part}": part for part in PARTS}},
)
