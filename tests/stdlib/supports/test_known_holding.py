"""What `metac check` says of supports before anything is meshed is what a run finds, of supports at random."""

from typing import Any

import numpy as np
import pytest

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.actions.displaced import Displaced
from metac.stdlib.loads.holding import held_by
from metac.stdlib.supports.held import HeldEdge, HeldPoint
from metac.stdlib.supports.held_region import HeldRegion
from metac.stdlib.supports.known_holding import require_held
from metac.stdlib.supports.roller import Roller
from metac.stdlib.supports.spring import Spring
from tests.mechanics import rectangle

WIDTH, HEIGHT = 4.0, 2.0
MESH = rectangle(4, 2, 2, Rectangle(0.0, 0.0, WIDTH, HEIGHT))
CLASSES: dict[str, Any] = {
    "held_edge": HeldEdge,
    "held_point": HeldPoint,
    "held_region": HeldRegion,
    "roller": Roller,
    "spring": Spring,
    "displaced": Displaced,
}
SHEET = Facts("sheet", "coupon", {"width": WIDTH, "height": HEIGHT}, "mesh")
PLATE = Facts("plate", "plate", {}, "mesh")


def drawn(random: np.random.Generator) -> tuple[str, dict[str, Any]]:
    """A support, or something that is moved, that leaves a direction free more often than not."""
    at = (float(random.integers(0, 5)), float(random.integers(0, 3)))
    edge, along = str(random.choice(["left", "right", "bottom", "top"])), str(random.choice(["x", "y"]))
    angle = None if random.random() < 0.5 else float(random.choice([0.0, np.pi / 4, np.pi / 2, 0.3]))
    nowhere = {"at": None, "edge": None, "group": None}
    slides = {**nowhere, "line": None, "normal": None, "turns": "free"}
    match random.integers(0, 7):
        case 0:
            return "held_edge", {"edge": edge, "along": along}
        case 1:
            return "held_point", {"at": at, "along": str(random.choice(["x", "y", "both"]))}
        case 2:
            return "spring", {"at": at, "to": None, "along": along, "stiffness": 2.0}
        case 3:
            return "roller", {**slides, "edge": edge, "angle": angle}
        case 4:
            return "roller", {**slides, "at": at, "angle": angle or 0.0}
        case 5:
            return "roller", {**slides, "line": ((0.0, 0.0), (4.0, 2.0)), "angle": angle}
        case _:
            return "displaced", {**nowhere, "at": at, "x": None, "y": 0.5}


def found(call: Any) -> str | None:
    try:
        call()
    except FieldError as problem:
        return problem.code
    return None


def load(parts: list[tuple[str, dict[str, Any]]], body: Facts) -> Facts:
    facts = [
        Facts(str(n), name, {field: value for field, value in fields.items() if value is not None})
        for n, (name, fields) in enumerate(parts)
    ]
    acts = tuple(each for each in facts if each.definition == "displaced")
    holds = tuple(each for each in facts if each.definition != "displaced")
    boundary, control = Facts("held", "supported", {"supports": holds}), Facts("acts", "applied", {"actions": acts})
    return Facts("load", "experiment", {"body": body, "boundary": boundary, "control": control})


def test_a_check_finds_what_can_move_as_a_run_does() -> None:
    random, codes = np.random.default_rng(0), dict[str | None, int]()
    for _ in range(400):
        parts = [drawn(random) for _ in range(random.integers(1, 5))]
        if all(name == "displaced" for name, _ in parts):
            continue
        objects = [CLASSES[name](**fields) for name, fields in parts]
        supports = [each for each in objects if not isinstance(each, Displaced)]
        actions = [each for each in objects if isinstance(each, Displaced)]
        run = found(lambda supports=supports, actions=actions: held_by(MESH, supports, actions))
        if run == "M0602":
            continue
        made = {"boundary": supports, "control": actions}
        assert found(lambda parts=parts, made=made: require_held(load(parts, SHEET), made)) == run, parts
        of_any_size = found(lambda parts=parts, made=made: require_held(load(parts, PLATE), made))
        assert of_any_size in (None, run), parts
        codes[run] = codes.get(run, 0) + 1
    assert codes.keys() == {None, "M0604"}
    assert min(codes.values()) > 50


def test_nothing_is_said_while_a_field_is_not_known() -> None:
    parts = [("roller", {"edge": "left"}), ("held_edge", {"edge": "bottom", "along": "x"})]
    assert found(lambda: require_held(load(parts, SHEET), {})) is None
    assert found(lambda: require_held(load(parts, SHEET), {"boundary": 1, "control": 1})) == "M0604"


@pytest.mark.parametrize("region", [("held_region", {"low": (0.0, 0.0), "high": (0.1, 0.1), "along": "both"})])
def test_of_a_region_it_is_not_known_how_many_nodes_it_has(region: tuple[str, dict[str, Any]]) -> None:
    assert found(lambda: held_by(MESH, [HeldRegion(**region[1])], [])) == "M0604"
    assert found(lambda: require_held(load([region], SHEET), {"boundary": 1, "control": 1})) is None


def test_a_spring_without_stiffness_holds_nothing() -> None:
    for stiffness, code in ((0.0, "M0604"), (1e-3, None)):
        spring = {"at": (0.0, 0.0), "to": None, "along": "y", "stiffness": stiffness}
        parts = [("held_edge", {"edge": "left", "along": "x"}), ("spring", spring)]
        assert found(lambda parts=parts: require_held(load(parts, SHEET), {"boundary": 1, "control": 1})) == code
