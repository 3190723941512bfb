"""A flow designs a meshed cell by its homogenised stiffness, as by any other load."""

from __future__ import annotations

import metac

SPEC = """
symmetry  g      = p4 { cell = 20 mm }
material  rubber = linear_elastic { E = 50 MPa, nu = 0.3, plane = stress }
shape     pores  = tiled { motif = circle { radius = 4 mm, at = [0.25, 0.25] }, symmetry = g }
body      period = cell { shape = pores, material = rubber, size = 5 mm }
generator warp   = flow { symmetry = g }
body      design = deformed { body = period, by = warp }
load      rve    = periodic { body = design }

minimize youngs_modulus(rve, 0 deg)
require  smallest_jacobian(design) >= 0.2

study fit = optimize { vary = warp, using = adam { rate = 5e-3 }, steps = 2 }
"""


def test_a_flow_makes_a_homogenised_cell_softer() -> None:
    result = metac.compile(SPEC).run()
    losses = [record["loss"] for record in result.history]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
