"""What passes between the one who asks for work and those who do it meanwhile: lines of progress, the wish to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class WorkerMessages:
    """Of a call, where it is made: in a worker of Dask. `topic` is that of the one who asks."""

    topic: str

    def teller(self, number: int) -> Callable[[str], None]:
        """Takes lines of progress of the work of that number, in any thread; to be asked for in that of the call."""
        from distributed import get_worker

        worker = get_worker()
        return lambda line: worker.log_event(self.topic, {"number": number, "line": line})

    def stop_wished(self) -> Callable[[], bool]:
        """Whether the one who asks wants the work to save and stop."""
        from distributed import Event

        event = Event(self.topic)
        return lambda: bool(event.is_set())

    @property
    def threads(self) -> int:
        """How many calls the worker makes at once."""
        from distributed import get_worker

        return int(get_worker().state.nthreads)


@contextmanager
def listening_to(client: Client, topic: str, heard: Callable[[int, str], None]) -> Iterator[Callable[[], None]]:
    """Within the block, lines of progress are handed to `heard`; gives what tells all workers to save and stop."""
    from distributed import Event

    def handed(event: tuple[Any, Mapping[str, Any]]) -> None:
        heard(event[1]["number"], event[1]["line"])

    event = Event(topic, client=client)

    def stop() -> None:
        with suppress(OSError, TimeoutError):  # a scheduler that is gone is reported by the calls
            event.set()

    client.subscribe_topic(topic, handed)
    try:
        yield stop
    finally:
        with suppress(OSError, ValueError, TimeoutError):
            client.unsubscribe_topic(topic)
