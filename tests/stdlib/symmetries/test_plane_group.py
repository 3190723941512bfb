import gemmi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.symmetries.groups import HEXAGONAL
from metac.stdlib.symmetries.operation import IDENTITY, Operation
from metac.stdlib.symmetries.plane_group import PlaneGroup
from tests.stdlib.groups import BASES, FOLDER, NAMES, group, members

POLAR_SPACE_GROUPS = dict(
    zip(
        NAMES,
        [
            "P 1", "P 1 1 2", "P m 1 1", "P b 1 1", "C m 1 1", "P m m 2", "P m a 2", "P b a 2", "C m m 2",
            "P 4", "P 4 m m", "P 4 b m", "P 3", "P 3 m 1", "P 3 1 m", "P 6", "P 6 m m",
        ],
        strict=True,
    )
)  # fmt: skip
ORDERS = dict(zip(NAMES, [1, 2, 2, 2, 4, 4, 4, 4, 8, 4, 8, 8, 3, 6, 6, 6, 12], strict=True))


def test_groups_that_are_called_hexagonal_say_so_in_their_definitions():
    assert {name for name in NAMES if members(name)[0] == "hexagonal"} == HEXAGONAL


def error(**fields):
    with pytest.raises(FieldError) as caught:
        PlaneGroup(**{"lattice": "oblique", **fields})
    return caught.value


def test_there_are_17():
    assert sorted(path.stem for path in FOLDER.glob("*.meta")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_operations_are_those_of_the_polar_space_group(name):
    oracle = {
        Operation.parse(operation.triplet().removesuffix(",z"))
        for operation in gemmi.SpaceGroup(POLAR_SPACE_GROUPS[name]).operations()
    }
    assert set(group(name).operations) == oracle
    assert group(name).order == len(oracle) == ORDERS[name]


@pytest.mark.parametrize("name", NAMES)
def test_closed_with_inverses(name):
    operations = group(name).operations
    products = {first.after(second) for first in operations for second in operations}
    assert products == set(operations)
    assert all(any(first.after(second) == IDENTITY for second in operations) for first in operations)


@pytest.mark.parametrize("name", NAMES)
def test_cartesian_operations_are_isometries_that_keep_the_lattice(name):
    plane_group = group(name)
    points = np.random.default_rng(0).normal(size=(7, 2)) * 30
    images = plane_group.images(points)
    lengths = np.linalg.norm(images - np.roll(images, 1, axis=1), axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), rtol=1e-12)
    np.testing.assert_allclose(np.linalg.det(plane_group.matrices), plane_group.determinants, atol=1e-12)
    shifted = plane_group.fractional(plane_group.images(points + plane_group.basis[1]) - images)
    np.testing.assert_allclose(shifted, np.round(shifted), atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_an_average_over_the_images_is_invariant(name):
    plane_group = group(name)

    def average(points):
        u = 2 * np.pi * plane_group.fractional(plane_group.images(points))
        return np.mean(np.sin(u[..., 0] + 0.3) + np.cos(u[..., 1] - 2 * u[..., 0] + 0.1), axis=0)

    points = np.random.default_rng(1).normal(size=(11, 2)) * 30
    for image in plane_group.images(points):
        np.testing.assert_allclose(average(image), average(points), atol=1e-11)


@given(st.tuples(*[st.integers(-2, 2)] * 4), st.tuples(*[st.fractions(-2, 2, max_denominator=12)] * 2))
def test_triplets_read_as_written(rotation, translation):
    rows = (rotation[:2], rotation[2:])
    text = ",".join(
        "+".join(["x"] * max(a, 0) + ["y"] * max(b, 0) + [str(abs(t))])
        + "-x" * max(-a, 0)
        + "-y" * max(-b, 0)
        + (f"-{2 * abs(t)}" if t < 0 else "")
        for (a, b), t in zip(rows, translation, strict=True)
    )
    assert Operation.parse(text) == Operation(rows, (translation[0] % 1, translation[1] % 1))


@pytest.mark.parametrize("triplet", ["", "x", "x,y,z", "x,", "2x,y", "xy,x", "x+1/0,y", "x*2,y", "x,y+", "x 1/2;y"])
def test_bad_triplets(triplet):
    found = error(operations=["x,y", triplet], basis=BASES["square"])
    assert (found.field, found.code) == ("operations", "M0531")


def test_incomplete_group():
    found = error(operations=["x,y", "-y,x"], basis=BASES["square"])
    assert found.code == "M0531" and "`-y,x` followed by `-y,x`" in found.message


@pytest.mark.parametrize("operations", [["x,y", "x+1,y"], ["-x,-y"], ["x,y", "x+y,x+y"]])
def test_not_a_group(operations):
    assert error(operations=operations, basis=BASES["square"]).code == "M0531"


@pytest.mark.parametrize(("name", "lattice"), [("p6", "square"), ("p4", "rectangular"), ("pm", "oblique"), ("p3", "square")])
def test_wrong_lattice(name, lattice):
    found = error(operations=members(name)[1], basis=BASES[lattice], lattice=lattice)
    assert found.code == "M0531" and lattice in (found.help or "")


def test_cells_without_area():
    assert error(operations=["x,y"], basis=[[0, 0], [0, 0]], cell=0.0).field == "cell"
    assert error(operations=["x,y"], basis=[[1, 0], [0, -1]], cell=(1.0, -1.0)).code == "M0532"
    assert error(operations=["x,y"], basis=[[1, 0], [-2, 0]], a=1.0, b=2.0, angle=np.pi).field == "angle"
    assert error(operations=["x,y"], basis=[[1, 0], [1, 1], [2, 3]]).field == "basis"
    assert error(operations=["x,y"], basis=BASES["square"], cell=(1.0, 1.0, 1.0)).field == "cell"


@settings(deadline=None)  # times vary on a busy machine
@given(st.sampled_from(NAMES), st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
def test_spacing_is_the_distance_from_the_nearest_image(name, at):
    plane_group = group(name)
    images = plane_group.images(plane_group.cartesian(np.array(at)))
    steps = np.stack(np.meshgrid(np.arange(-6, 7), np.arange(-6, 7)), axis=-1).reshape(-1, 2)
    everywhere = (images[:, None, :] + steps @ plane_group.basis).reshape(-1, 2)
    itself = [operation == IDENTITY and not step.any() for operation in plane_group.operations for step in steps]
    distances = np.linalg.norm(everywhere - plane_group.cartesian(np.array(at)), axis=1)[~np.array(itself)]
    np.testing.assert_allclose(plane_group.spacing(at), distances.min(), rtol=1e-9, atol=1e-9)


def test_spacing_on_a_sheared_lattice():
    sheared = PlaneGroup(operations=["x,y"], basis=[[20.0, 0.0], [20017.0, 4.0]], lattice="oblique")
    assert sheared.spacing([0.2, 0.7]) == pytest.approx(5.0)  # the second vector less 1001 of the first
    turned = PlaneGroup(operations=["x,y", "-x,-y"], basis=sheared.basis, lattice="oblique")
    assert turned.spacing([0.5, 0.0]) == pytest.approx(0.0, abs=1e-9)
