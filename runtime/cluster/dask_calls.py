"""Calls of functions on the workers of a Dask cluster: each is named by its content, and tried again where it fails.

What travels is what `call_encoding` writes. A worker that dies takes only the call that it was at with it: Dask hands that
to another one, as often as its scheduler allows (three times by default). Calls that fail are tried again `RETRIES` times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from metac.runtime.cluster.call_encoding import BadEncoding, answer, decode, encode_call, name_of
from metac.runtime.cluster.failures import ClusterFailure

if TYPE_CHECKING:
    from distributed import Client, Future

RETRIES = 2
"""Times that a call which failed is tried again."""
PATIENCE = 0.2
"""Seconds between two looks whether the user wants to stop."""
LOST_AFTER = 60.0
"""Seconds without a connection to the scheduler after which it counts as lost."""


class FailedCall(NamedTuple):
    """What went wrong, the last time that a call was tried."""

    message: str


class Answered(NamedTuple):
    """A call that is done."""

    number: int
    value: Any
    """`FailedCall` where it failed each time."""


def _nothing() -> None:
    """Nobody wants to stop."""


def run_calls(
    client: Client,
    function: Callable[..., Any],
    calls: Sequence[tuple[Any, ...]],
    look: Callable[[], None] = _nothing,
) -> Iterator[Answered]:
    """The calls of a function of a module, in the order in which they finish; `look` is called again and again meanwhile.

    Raises:
        ClusterFailure: if the scheduler is lost.
        Whatever `look` raises; calls that are not done are given up then.
    """
    contents: dict[str, bytes] = {}
    numbers: dict[str, list[int]] = {}
    for number, arguments in enumerate(calls):
        content = encode_call(function, arguments)
        contents[name_of(content)] = content
        numbers.setdefault(name_of(content), []).append(number)
    tries = dict.fromkeys(contents, 0)
    waiting = {client.submit(answer, content, key=key): key for key, content in contents.items()}
    try:
        for future in _finished(client, waiting, look):
            key = waiting.pop(future)
            value = _value_of(future)
            future.release()
            if isinstance(value, FailedCall) and tries[key] < RETRIES:
                tries[key] += 1
                # Under another name: the scheduler may still know the failure of this one.
                again = client.submit(answer, contents[key], key=f"{key}-{tries[key]}")
                waiting[again] = key
                continue
            for number in numbers[key]:
                yield Answered(number, value)
    finally:
        with suppress(OSError, TimeoutError):
            client.cancel(list(waiting), force=True)


def _finished(client: Client, waiting: dict[Future, str], look: Callable[[], None]) -> Iterator[Future]:
    """One after the other, until none waits."""
    from distributed import wait
    from distributed.client import FuturesCancelledError

    seen = time.monotonic()
    while waiting:
        look()
        if client.status != "running":
            # Dask connects again where the scheduler is started again; its calls are cancelled then, and tried again.
            if time.monotonic() - seen > LOST_AFTER or client.status == "closed":
                raise ClusterFailure(
                    "the connection to the scheduler is lost", remedy="run it again: what is finished is not done again"
                )
            time.sleep(PATIENCE)
            continue
        seen = time.monotonic()
        with suppress(TimeoutError, FuturesCancelledError):
            wait(list(waiting), timeout=PATIENCE, return_when="FIRST_COMPLETED")
        if client.status == "running":
            yield from [future for future in waiting if future.done()]


def _value_of(future: Future) -> Any:
    """Of one that is done."""
    if future.status != "finished":
        error = future.exception() if future.status == "error" else None
        return FailedCall(f"{type(error).__name__}: {error}" if error is not None else f"it was {future.status}")
    try:
        fine, value = decode(future.result())
    except BadEncoding as error:
        return FailedCall(str(error))
    return value if fine else FailedCall(value)
