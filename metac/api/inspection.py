"""Printing the stages of a design's compilation."""

from __future__ import annotations

from metac.api.design import Design
from metac.api.printing import dump


def emit(design: Design, stage: str) -> str:
    """The text of a stage: tokens, ast, graph, plan, jaxpr or hlo.

    Raises:
        DiagnosticError: where the spec is wrong; tokens and ast are printed whatever the text says.
        ValueError: if there is no such stage.
    """
    if stage == "tokens":
        from metac.dsl.tree import show_tokens

        return show_tokens(design.source).rstrip("\n")
    if stage == "ast":
        from metac.dsl.parser import parse
        from metac.dsl.tree import show_tree

        return show_tree(parse(design.source).module).rstrip("\n")
    if stage == "graph":
        return dump(design.graph)
    if stage == "plan":
        plan = design.plan()
        return f"{plan.describe()}\n\n{plan.canonical()}"
    if stage == "jaxpr":
        return design.program().jaxpr()
    if stage == "hlo":
        return design.program().hlo()
    raise ValueError(f"there is no stage {stage!r}")
