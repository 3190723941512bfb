"""Networks of springs from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.errors import RuntimeFailure
from metac.runtime.springs.network_files import read_network
from metac.runtime.springs.read_network import ReadNetwork
from metac.stdlib.generators.spring_parameters import SpringParameters

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import Bounded, Prunable, SpringGenerator
    from metac.compiler.interfaces.satisfies import Satisfies


class NetworkFile(SpringParameters):
    """Fields as in `network_file.meta`.

    Raises:
        FieldError: M0560 on `source` for a file that cannot be read, or holds no network.
    """

    def __init__(self, *, source: str, least_degree: int, free: str, built: ReadNetwork) -> None:
        super().__init__(
            positions=built.positions,
            connections=built.connections,
            factors=built.factors,
            free=free,
            least_degree=least_degree,
            angle_stiffness=built.angle_stiffness,
        )

    @staticmethod
    def build(source: str) -> ReadNetwork:
        """The network that the file holds."""
        try:
            return read_network(file_named(source))
        except OSError as problem:
            raise FieldError("source", f"{source} cannot be read: {problem.strerror or problem}", code="M0560") from problem
        except RuntimeFailure as problem:
            raise FieldError("source", f"{source}: {problem.message}", code="M0560", help=problem.remedy) from problem


if TYPE_CHECKING:
    Satisfies[SpringGenerator](NetworkFile)
    Satisfies[Bounded](NetworkFile)
    Satisfies[Prunable](NetworkFile)
