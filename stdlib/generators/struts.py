"""Struts of one's own, from a file or written in the spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.stdlib.generators.net_parameters import NetParameters

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import Bounded, Fixable, FrameGenerator
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.beams.strut_files import SizedStrutNet


class Struts(NetParameters):
    """Fields as in `struts.meta`, lengths in mm.

    Raises:
        FieldError: M0563 for a file that cannot be read, and for nodes and beams that make no frame; M0540 for widths that
            are not positive, a shift by which a beam could lose its length, and for a file and nodes at once.
    """

    def __init__(
        self,
        *,
        file: str | None,
        layer: str | None,
        unit: float | None,
        nodes: Sequence[Sequence[float]] | None,
        beams: Sequence[Sequence[int]] | None,
        widths: tuple[Any, ...],
        shift: Any,
        crossings: str,
        built: SizedStrutNet | None = None,
    ) -> None:
        read = built or self.build(file, layer, unit, nodes, beams, crossings)
        super().__init__(read.net, 1.0, widths, shift, read.widths)
        if self.shift > 0:
            import numpy as np

            net = read.net
            shortest = float(np.linalg.norm(np.diff(net.nodes[net.edges], axis=1), axis=2).min())
            most = 0.35 * shortest  # two ends that move by 0.35 along x and y come 0.99 nearer
            if self.shift > most:
                raise FieldError(
                    "shift", f"nodes may move by 0.35 of the shortest beam, {most:.4g} mm, found {self.shift:g} mm"
                )
            if crossings != "keep":
                self._require_clearance()

    def _require_clearance(self) -> None:
        """Two ends that move along x and y come nearer by 2 √2 times as much."""
        from metac.runtime.beams.crossing_beams import clearance

        apart = clearance(self.net.nodes, self.net.edges)
        most = apart / 8**0.5
        if not self.shift < most:
            raise FieldError(
                "shift",
                f"nodes that move by {self.shift:g} mm may bring beams to cross where there is no node: two of them are "
                f"{apart:.4g} mm apart",
                help=f"take a shift below {most:.4g} mm, or leave `crossings` out",
            )

    @staticmethod
    def build(
        file: str | None,
        layer: str | None,
        unit: float | None,
        nodes: Sequence[Sequence[float]] | None,
        beams: Sequence[Sequence[int]] | None,
        crossings: str,
    ) -> SizedStrutNet:
        """The struts."""
        from metac.runtime.beams.strut_drawings import KNOWN, read_drawn_struts
        from metac.runtime.beams.strut_files import NoStruts, read_struts, struts_of, uncrossed, with_crossings_joined

        if file is None and (nodes is None or beams is None):
            missing = "file" if nodes is None and beams is None else "nodes" if nodes is None else "beams"
            raise FieldError(
                missing, "struts need a `file`, or `nodes` and `beams`", help='write `struts { file = "net.csv" }`'
            )
        if file is not None and (nodes is not None or beams is not None):
            raise FieldError("file", "struts come from a file or from the spec, not from both", help="leave one of them out")
        path = None if file is None else file_named(file)
        of_drawing = path is not None and path.suffix.lower() in KNOWN
        for name, given in (("layer", layer), ("unit", unit)):
            if given is not None and not of_drawing:
                message = f"`{name}` is that of a drawing, {' or '.join(KNOWN)}"
                raise FieldError(name, message, help="leave it out")
        treated = {"keep": lambda read: read, "refuse": uncrossed, "join": with_crossings_joined}[crossings]
        try:
            if path is not None:
                return treated(read_drawn_struts(path, layer, unit) if of_drawing else read_struts(path))
            lists = [[float(x) for x in node] for node in nodes or ()], [[int(n) for n in beam] for beam in beams or ()]
            return treated(struts_of(*lists))
        except OSError as problem:
            missing = problem.filename if isinstance(problem.filename, str) else file
            message = f"{missing} cannot be read: {problem.strerror or problem}"
            raise FieldError("file", message, code="M0563", help="names start from the spec's folder") from problem
        except NoStruts as problem:
            named = f"{file}: " if file is not None else ""
            field = problem.field or ("beams" if file is None else "file")
            raise FieldError(field, f"{named}{problem.message}", code="M0563", help=problem.remedy) from problem


if TYPE_CHECKING:
    Satisfies[FrameGenerator](Struts)
    Satisfies[Fixable](Struts)
    Satisfies[Bounded](Struts)
