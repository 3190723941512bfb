"""`--live`: a page follows a run, over the loopback address, for who knows its address."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.error
import urllib.request

import pytest

import metac
from metac.commands import exit_codes, live_page
from metac.commands.live_page import served
from metac.commands.run_driver import run_design
from metac.runtime.runs.progress import NoProgress


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("metac.api.compilation_cache.enable", lambda: None)


class Notes(NoProgress):
    """Keeps what a user is told."""

    def __init__(self):
        self.told = []

    def note(self, text):
        self.told.append(text)

    @property
    def address(self):
        return re.search(r"http://\S+/", self.told[0]).group()


def fetched(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode(), answer.headers


def refused(address):
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetched(address)
    return caught.value.code


@pytest.fixture
def folder(fake, fake_everywhere, tmp_path):
    """Of a run that is over."""
    assert run_design(fake(steps=3), out=tmp_path / "a", seed=1, form="text") == exit_codes.MISSED
    return tmp_path / "a"


def test_a_browser_follows_a_run_to_its_end(fake, fake_everywhere, tmp_path, monkeypatch):
    """It sees where the run is, and at the end is given the page that stands in the folder."""
    notes, seen, final = Notes(), [], []

    def watch():
        while not notes.told:
            time.sleep(0.01)
        page, _ = fetched(notes.address)
        assert 'id="live"' in page
        while True:
            state = json.loads(fetched(notes.address + "state")[0])
            seen.append(state)
            if state["ended"]:
                final.append(fetched(notes.address)[0])
                return

    browser = threading.Thread(target=watch)
    monkeypatch.setattr("metac.commands.run_driver.make_progress", lambda: notes)
    browser.start()
    assert run_design(fake(steps=200), out=tmp_path / "a", seed=1, form="text", live=True) == exit_codes.MET
    browser.join(10)
    assert final == [(tmp_path / "a" / "report.html").read_text()]
    assert any(" step " in state["text"] for state in seen)
    assert len(seen[-1]["progress"][0]["abscissa"]) == 201


def test_nothing_is_there_for_who_does_not_know_the_address(folder):
    notes = Notes()
    with served(folder, notes):
        root = notes.address.rsplit("/", 2)[0]
        for path in ("/", "/state", "/guessed/", "/guessed/state"):
            assert refused(root + path) == 404
        for path in ("run.json", "../a/run.json", "spec.meta", "loss.png/..", "%2e%2e/run.json"):
            assert refused(notes.address + path) == 404
        assert "127.0.0.1" in root


def test_pages_are_not_kept_and_may_ask_their_server_only(folder):
    notes = Notes()
    with served(folder, notes):
        page, headers = fetched(notes.address)
        with urllib.request.urlopen(notes.address + "loss.png", timeout=10) as answer:
            figure = answer.read()
    assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
    assert "connect-src 'self'" in page and "connect-src" not in (folder / "report.html").read_text()
    assert figure == (folder / "loss.png").read_bytes()


def test_it_does_not_wait_for_pages_that_nobody_has_open(folder):
    began = time.monotonic()
    with served(folder, Notes()):
        pass
    assert time.monotonic() - began < live_page.WATCHED


def test_a_folder_that_cannot_be_read_just_now_is_asked_for_again(folder):
    notes = Notes()
    with served(folder, notes):
        (folder / "run.json").rename(folder / "away.json")
        assert refused(notes.address + "state") == 503
        (folder / "away.json").rename(folder / "run.json")
        assert json.loads(fetched(notes.address + "state")[0])["ended"] is False


def test_a_run_goes_on_where_no_port_can_be_had(folder, monkeypatch):
    def none(*_):
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(live_page, "ThreadingHTTPServer", none)
    notes = Notes()
    with served(folder, notes) as progress:
        assert progress is notes
    assert notes.told == ["no live page: Address already in use"]


def test_several_runs_have_no_live_page(tmp_path, capsys):
    sweep = metac.compile("sweep n in [1, 2]\n")
    assert run_design(sweep, out=tmp_path / "a", seed=1, form="text", live=True) == exit_codes.USAGE
    assert "--live shows a single run" in capsys.readouterr().err and not (tmp_path / "a").exists()
