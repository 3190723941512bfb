"""Make two_groups.msh with Gmsh: a sheet of 40 by 40 mm with pores in turn with discs that are a group of their own.

python specs/own/make_two_groups.py
"""

from pathlib import Path

import gmsh

SIDE, PITCH = 40.0, 10.0
"""Of the sheet, and from a pore to the next disc, mm."""
PORE, DISC = 3.4, 2.6
"""Radii, mm."""
SIZE = 2.2
"""Edge of the elements, mm."""


def main() -> None:
    """Draw the regions, name them, and mesh them with triangles of second order."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    model = gmsh.model.occ
    sheet = (2, model.addRectangle(0, 0, 0, SIDE, SIDE))
    places = [(i, j) for j in range(4) for i in range(4)]
    circles = {
        (i, j): (2, model.addDisk(PITCH * (i + 0.5), PITCH * (j + 0.5), 0, *2 * [PORE if (i + j) % 2 else DISC]))
        for i, j in places
    }
    discs = [circles[i, j] for i, j in places if (i + j) % 2 == 0]
    pores = [circles[i, j] for i, j in places if (i + j) % 2]
    solid, _ = model.cut([sheet], pores)
    parts, _ = model.fragment(solid, discs)  # neighbours share their nodes
    model.synchronize()
    inserts = [tag for _, tag in discs]
    gmsh.model.addPhysicalGroup(2, [tag for _, tag in parts if tag not in inserts], name="rubber")
    gmsh.model.addPhysicalGroup(2, inserts, name="nylon")
    edge = gmsh.model.getEntitiesInBoundingBox(-1e-3, -1e-3, -1, SIDE + 1e-3, 1e-3, 1, 1)
    gmsh.model.addPhysicalGroup(1, [tag for _, tag in edge], name="clamped")
    gmsh.option.setNumber("Mesh.MeshSizeMax", SIZE)
    gmsh.option.setNumber("Mesh.ElementOrder", 2)
    gmsh.model.mesh.generate(2)
    gmsh.write(str(Path(__file__).with_name("two_groups.msh")))
    gmsh.finalize()


if __name__ == "__main__":
    main()
