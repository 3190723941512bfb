from metac.dsl.automaton import Failure
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label


def complain(failure: Failure) -> Diagnostic:
    return Diagnostic(
        "M0101", f"unexpected {failure.at().type}; {sorted(failure.accepted)}", (Label(failure.at().span, ""),)
    )
