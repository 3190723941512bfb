"""`--live`: the page of a run while it goes on, over the loopback address of this machine alone."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from metac.api.report_page.charts import history_charts
from metac.api.report_page.page import render
from metac.api.run_content import read_run
from metac.commands.live_progress import LiveProgress
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.progress import Progress

LOOPBACK = "127.0.0.1"
STATE = "state"
"""What a page asks for again and again: where the run is, and its charts."""
WATCHED = 5.0
"""Seconds within which a page that is open has asked again; a browser that rests in the background has not."""
HTML, JSON, PNG = "text/html; charset=utf-8", "application/json", "image/png"


@contextmanager
def served(folder: Path, progress: Progress) -> Iterator[Progress]:
    """Serve the page of a run folder within the block; what is given is to be used as the progress of the run.

    The address holds a random word: who does not know it is answered as if nothing were there. After the block, the server
    stays until open pages have the last state of the run, five seconds at most. Where no port can be had, the run goes on
    without a page, and says so.
    """
    page = LivePage(folder, LiveProgress(progress))
    try:
        server = ThreadingHTTPServer((LOOPBACK, 0), _handler(page))
    except OSError as error:
        progress.note(f"no live page: {error.strerror}")
        yield progress
        return
    threading.Thread(target=server.serve_forever, args=(0.1,), name="metac live page", daemon=True).start()
    page.progress.note(f"live page: http://{LOOPBACK}:{server.server_port}/{page.word}/")
    try:
        yield page.progress
    finally:
        page.end()
        server.shutdown()
        server.server_close()


class LivePage:
    """What is answered for each address."""

    def __init__(self, folder: Path, progress: LiveProgress) -> None:
        self.progress = progress
        self.word = secrets.token_urlsafe(16)
        self._folder = folder
        self._ended = False
        self._asked = -float("inf")
        self._everyone_knows = threading.Event()

    def answer(self, address: str) -> tuple[str, bytes] | None:
        """Kind and content of what stands at an address; None where nothing does.

        Raises:
            FolderFailure: if the folder cannot be read just now.
            OSError: the same.
        """
        _, word, *rest = address.partition("?")[0].split("/")
        if len(rest) != 1 or not secrets.compare_digest(word.encode(), self.word.encode()):
            return None
        if rest == [STATE]:
            self._asked = time.monotonic()
            return JSON, json.dumps(self._state(), allow_nan=False).encode()
        if rest == [""]:
            return HTML, self._page().encode()
        return self._figure(rest[0])

    def end(self) -> None:
        """The run has ended: wait until open pages know, if there are any."""
        self._ended = True
        if time.monotonic() - self._asked < WATCHED:
            self._everyone_knows.wait(WATCHED)

    def _page(self) -> str:
        text = render(read_run(self._folder), live=not self._ended)
        if self._ended:
            self._everyone_knows.set()
        return text

    def _state(self) -> dict[str, Any]:
        charts = history_charts(read_run(self._folder).history, ())
        return {"ended": self._ended, "text": self.progress.text, "progress": [chart.plain() for chart in charts]}

    def _figure(self, name: str) -> tuple[str, bytes] | None:
        """Figures that are too large to be part of the page."""
        known = {path.name: path for path in self._folder.glob("*.png")}
        return (PNG, known[name].read_bytes()) if name in known else None


def _handler(page: LivePage) -> type[BaseHTTPRequestHandler]:
    class LiveHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                found = page.answer(self.path)
            except (FolderFailure, OSError) as error:
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, explain=str(error))
                return
            if found is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            kind, content = found
            self.send_response(HTTPStatus.OK)
            for name, value in _headers(kind, content).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the terminal belongs to the progress of the run."""

    return LiveHandler


def _headers(kind: str, content: bytes) -> dict[str, str]:
    """No copy is kept anywhere, and no other site learns the address."""
    return {
        "Content-Type": kind,
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
