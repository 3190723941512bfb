"""A design has goals, a study that pursues them, and free parameters that both depend on."""

from __future__ import annotations

from collections.abc import Iterable

from metac.compiler import graph
from metac.compiler.checks.kept import free_objects, keepers, measured_in, reached_from, reached_of
from metac.compiler.checks.known_objects import KnownObjects, known_objects
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import Environment, value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import free_names
from metac.compiler.plan import goal_references, report_references


def check_goals(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0503 to M0505, M0512, M0513, M0516: what is varied, what for; M0508: positive scales, weights and tolerances."""
    _check_signs(elaboration.design, findings)
    if not elaboration.complete:
        # A goal or a study that is broken may be just what seems to be missing.
        return
    design = elaboration.design
    studies = [design.nodes[name] for name in design.studies]
    pursued = [each for each in design.requirements if each.pursued]
    pursuing = [study for study in studies if study.definition.pursues]
    if pursuing and not design.goals and not pursued:
        findings.error(
            "M0504",
            f"the study `{pursuing[0].name}` has no goals to pursue",
            pursuing[0].span,
            notes=("`verify` is judged once at the end: no study pursues it",) if design.requirements else (),
            help=f"add a goal: `match {elaboration.library.example('called')} to …`, `minimize …` or `require …`",
        )
        return
    sound = not findings.failed
    if design.goals and not pursuing and sound:
        findings.warning(
            "M0503",
            "no study pursues these goals",
            design.goals[0].span,
            help=f"add `study fit = {elaboration.library.example('pursues')}`; without one the goals are only evaluated",
        )
    free = free_objects(design)
    needed = _needed(design) & free
    varied = _check_varied(design, studies, free, needed, sound, findings)
    objects = known_objects(elaboration, findings)
    _check_fixed(design, studies, objects, findings)
    if sound:
        aimed_at = reached_from(design, _of_targets(design) | goal_references(design) | report_references(design)) & free
        movable = {name for name in free - varied if not objects.fixed(design.nodes[name])}
        _check_unvaried(design, bool(pursuing), movable, needed, aimed_at, findings)


def _check_varied(
    design: graph.DesignGraph,
    studies: Iterable[graph.Node],
    free: set[str],
    needed: set[str],
    sound: bool,
    findings: DiagnosticsSink,
) -> set[str]:
    """What the studies vary, goals must depend on."""
    varied: set[str] = set()
    for study in studies:
        for field, value in study.fields.items():
            _check_twice(study, field, value, free, findings)
            for name in set(free_names(value).references) & free:
                varied.add(name)
                # What is wrong elsewhere may be why nothing depends on it.
                if name not in needed and sound:
                    depends = f"goals depend on {listing(needed)}" if needed else "goals depend on nothing that is free"
                    kept = sorted({node.definition.name for node in _of_goals(design) if name in keepers(design, node)})
                    if kept:
                        depends = f"goals measure {listing(kept)}, which `{name}` does not change"
                        measured = f"measure what `{name}` changes"
                    elif name in design.varied:
                        measured = f"measure what `{name}` enters"
                    else:
                        measured = f"measure a body that is made by `{name}`"
                    findings.error(
                        "M0505",
                        f"the study `{study.name}` varies `{name}`, but no goal depends on it",
                        study.field_spans[field],
                        "nothing would change",
                        notes=(depends,),
                        help=measured + (f", or vary {listing(needed)}" if needed else ""),
                    )
    return varied


def _check_fixed(
    design: graph.DesignGraph, studies: Iterable[graph.Node], objects: KnownObjects, findings: DiagnosticsSink
) -> None:
    """M0537 for generators that vary and leave nothing free, such as a lattice whose widths are no range."""
    for study in studies:
        for field, value in study.fields.items():
            for name in free_names(value).references:
                node = design.nodes[name]
                if node.definition.kind.free and objects.fixed(node):
                    findings.error(
                        "M0537",
                        f"nothing of `{name}` is free as its fields stand",
                        study.field_spans[field],
                        help=f"vary something else, or free something: see `metac doc {node.kind} {node.definition.name}`",
                    )


def _check_twice(study: graph.Node, field: str, value: graph.Expression, free: set[str], findings: DiagnosticsSink) -> None:
    names: set[str] = set()
    for item in value.items if isinstance(value, graph.Sequence) else ():
        if not isinstance(item, graph.Reference) or item.node not in free:
            continue
        if item.node in names:
            findings.error(
                "M0516",
                f"the study `{study.name}` varies `{item.node}` twice",
                item.span,
                "again here",
                help="name it once",
            )
        names.add(item.node)


def _is_settled(node: graph.Node, parameters: Environment) -> bool:
    """Whether a generator is read from a file, or drawn by a seed of its own."""
    fields = ("seed", *node.definition.contents)
    return any(value_or_none(node.fields.get(field), parameters) is not None for field in fields)


def _follows_varied(node: graph.Node, design: graph.DesignGraph) -> bool:
    """Whether a parameter that varies enters a generator's fields."""
    return any(not free_names(value).parameters.keys().isdisjoint(design.varied) for value in node.fields.values())


def _check_unvaried(
    design: graph.DesignGraph,
    has_studies: bool,
    unvaried: set[str],
    needed: set[str],
    aimed_at: set[str],
    findings: DiagnosticsSink,
) -> None:
    """What targets and reports are made of is meant to stay, and so is what is drawn by a seed of its own."""
    parameters = parameter_values(design)
    for name in sorted(unvaried):
        node = design.nodes[name]
        if name.startswith("_"):
            continue
        if name not in needed | aimed_at:
            findings.warning(
                "M0512",
                f"no goal depends on the {node.kind} `{name}`",
                node.span,
                help="use it in a body that a goal measures, or remove it",
            )
        elif has_studies and name in needed and not (_is_settled(node, parameters) or _follows_varied(node, design)):
            findings.warning(
                "M0513",
                f"no study varies the {node.kind} `{name}`: it stays as it is drawn",
                node.span,
                help=f"write `vary = {name}` in the study if it should change",
            )


def _needed(design: graph.DesignGraph) -> set[str]:
    """Objects that goals depend on: what is measured and can change, and parameters of whatever is compared."""
    pursued = [each for each in design.requirements if each.pursued]
    compared = [goal.target for goal in design.goals]
    compared += [bound for each in pursued for bound in (each.lower, each.upper)]
    found = reached_of(design, [each.measure for each in (*design.goals, *pursued)])
    return found | reached_from(
        design, {name for each in compared if each is not None for name in free_names(each).parameters}
    )


def _of_goals(design: graph.DesignGraph) -> list[graph.Node]:
    pursued = [each for each in design.requirements if each.pursued]
    return [node for each in (*design.goals, *pursued) for node in measured_in(design, each.measure)]


def _of_targets(design: graph.DesignGraph) -> set[str]:
    return {name for goal in design.goals if goal.target is not None for name in free_names(goal.target).references}


def _check_signs(design: graph.DesignGraph, findings: DiagnosticsSink) -> None:
    parameters = parameter_values(design)
    for goal in design.goals:
        for subject, expression in (("scale", goal.scale), ("weight", goal.weight), ("within", goal.tolerance)):
            value = value_or_none(expression, parameters)
            if expression is not None and isinstance(value, int | float) and value <= 0:
                findings.error(
                    "M0508",
                    f"`{subject}` must be positive",
                    expression.span,
                    "not positive",
                    help="to leave the goal out, remove it" if subject == "weight" else None,
                )
    for requirement in design.requirements:
        low, high = (value_or_none(bound, parameters) for bound in (requirement.lower, requirement.upper))
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            findings.error(
                "M0511",
                "nothing can lie in this range: it ends before it starts",
                requirement.span,
                help="write the smaller bound first",
            )
