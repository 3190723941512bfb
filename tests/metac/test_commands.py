"""The command line: exit codes, messages, help; nothing heavy where nothing heavy is needed."""

import io
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from metac.commands import exit_codes
from metac.commands.main import main, make_parser
from metac.compiler.pipeline import check

SOUND = "param nu: Scalar = 0.3\n"


@pytest.fixture
def spec(tmp_path):
    """Writes a spec and gives its path as text."""

    def write(text, name="sheet.meta"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache"))


def commands():
    return next(action for action in make_parser()._actions if action.dest == "command").choices


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_help_with_an_example(name, capsys):
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert re.search(rf"examples:\n +metac {name}", text)
    assert all(len(line) <= 120 for line in text.splitlines())


def test_the_examples_can_be_parsed(capsys):
    import shlex

    for name in commands():
        main([name, "--help"])
        for line in re.findall(rf"^ +(metac {name}.*)$", capsys.readouterr().out, re.M):
            words = shlex.split(line.split("   ")[0].split("  ")[0] if '--set "' not in line else line)[1:]
            assert make_parser().parse_args(words).command == name


def test_the_main_help_names_every_command_and_exit_code(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"    {name} " in text for name in commands())
    numbers = {value for key, value in vars(exit_codes).items() if key.isupper()} - {exit_codes.PIPE_CLOSED}
    assert all(re.search(rf"\b{number}\b", text) for number in numbers)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["run"],
        ["check", "a.meta", "--nonsense"],
        ["check", "a.meta", "--set", "nu"],
        ["check", "a.meta", "--set", "=3"],
        ["check", "a.meta", "--set", "a..b=3"],
        ["run", "a.meta", "--seed", "-1"],
        ["run", "a.meta", "--seed", "many"],
        ["run", "a.meta", "--solver", "none"],
        ["inspect", "a.meta", "--emit", "gold"],
        ["check", "missing.meta"],
        ["run", "missing.meta"],
        ["inspect", "."],
        ["explain", "M9999"],
        ["new", ".."],
        ["new", "no/such/folder/x"],
    ],
)
def test_wrong_usage_is_two(words, capsys):
    assert main(words) == exit_codes.USAGE
    assert "Traceback" not in capsys.readouterr().err


def test_version(capsys):
    assert main(["--version"]) == 0
    assert re.fullmatch(r"metac \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


def test_check(spec, capsys):
    assert main(["check", spec(SOUND)]) == exit_codes.MET
    captured = capsys.readouterr()
    assert "1 warning" in captured.out and "error" not in captured.out
    assert main(["check", spec("param nu: Scalar = 0.3 MPa\nlet x = y\n")]) == exit_codes.SPEC_WRONG
    captured = capsys.readouterr()
    assert "2 errors" in captured.out and captured.err.count("error[M") == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff" * 50, b"\x89PNG\r\n\x1a\n" * 40, b"[" * 10_000, b"param \xe4 = 3", b"#" * (10 << 20)],
)
@pytest.mark.parametrize("command", ["check", "run", "inspect"])
def test_broken_files_give_a_message(spec, capsys, content, command):
    assert main([command, spec(content)]) == exit_codes.SPEC_WRONG
    text = capsys.readouterr().err
    assert "error[M01" in text and "sheet.meta" in text and "Traceback" not in text
    assert len(text) < 20_000


def test_diagnostics_for_programs(spec, capsys):
    path = spec("param nu: Scalar = 0.3 MPa\n")
    assert main(["check", path, "--diagnostics", "json"]) == exit_codes.SPEC_WRONG
    captured = capsys.readouterr()
    found = json.loads(captured.out)["diagnostics"]
    assert found[0]["code"].startswith("M04") and found[0]["labels"][0]["file"] == path
    assert main(["check", path, "--diagnostics", "sarif"]) == exit_codes.SPEC_WRONG
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["level"] == "error"
    assert main(["check", spec(SOUND), "--diagnostics", "json"]) == 0
    assert [found["severity"] for found in json.loads(capsys.readouterr().out)["diagnostics"]] == ["warning"]
    assert main(["check", "missing.meta", "--diagnostics", "json"]) == exit_codes.USAGE
    assert json.loads(capsys.readouterr().out)["diagnostics"][0]["code"] == "M0122"


def test_several_specs_are_checked(spec, capsys):
    lab = spec("define material soft {\n    E: Presure\n    energy(F) = E * (tr(F.T*F) - dim)\n}\n", "lab.meta")
    text = 'import "lab.meta" as lab\nmaterial m = lab.soft {{ E = 1 MPa }}\nlet a = {}\n'
    wrong = [spec(text.format(unit), f"{unit}.meta") for unit in ("x", "y")]
    sound = spec(SOUND)
    assert main(["check", sound, *wrong]) == exit_codes.SPEC_WRONG
    captured = capsys.readouterr()
    assert [line.partition(":")[0] for line in captured.out.splitlines()] == [sound, *wrong]
    assert captured.err.count("lab.meta:2:8") == 1, "what two specs import is told once"
    assert captured.err.count("x.meta:3:9") == 1 and captured.err.count("y.meta:3:9") == 1
    assert main(["check", "missing.meta", wrong[0], "--diagnostics", "json"]) == exit_codes.USAGE
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {each["labels"][0]["file"] for each in found} == {"missing.meta", wrong[0], lab}
    assert main(["check", sound, sound]) == exit_codes.MET


def test_a_program_is_told_of_which_spec_something_without_a_place_is(spec, capsys):
    paths = [spec(SOUND, name) for name in ("first.meta", "second.meta")]
    assert main(["check", *paths, "--set", "mu=1", "--diagnostics", "json"]) == exit_codes.SPEC_WRONG
    found = [each for each in json.loads(capsys.readouterr().out)["diagnostics"] if each["code"] == "M0307"]
    assert [each["labels"][0]["file"] for each in found] == paths


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (SOUND.encode(), exit_codes.MET, ""),
        (b"let a = b\n", exit_codes.SPEC_WRONG, "<standard input>:1:9"),
        (b"\xff", exit_codes.SPEC_WRONG, "M0124"),
        (b"", exit_codes.SPEC_WRONG, "M0131"),
    ],
)
def test_standard_input_is_checked(monkeypatch, capsys, text, code, told):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["check", "-"]) == code
    captured = capsys.readouterr()
    assert captured.out.startswith("<standard input>: ") and told in captured.err


def test_set_is_checked_like_the_spec(spec, capsys):
    path = spec("param nu: Scalar = 0.3 in 0 .. 0.5\n")
    assert main(["check", path, "--set", "nu=0.4"]) == 0
    assert main(["check", path, "--set", "nu=4"]) == exit_codes.SPEC_WRONG
    assert main(["check", path, "--set", "mu=0.4"]) == exit_codes.SPEC_WRONG
    assert main(["check", path, "--set", "nu=(0.4"]) == exit_codes.SPEC_WRONG
    assert "Traceback" not in capsys.readouterr().err


def test_explain(capsys):
    assert main(["explain", "m0611"]) == 0
    assert "M0611: A load found no equilibrium" in capsys.readouterr().out
    assert main(["explain"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 40


def test_new_writes_a_sound_spec_and_never_over_another(tmp_path, capsys):
    assert main(["new", "auxetic"]) == 0
    text = (tmp_path / "auxetic.meta").read_text()
    assert text.startswith("## auxetic:") and "NAME" not in text
    from metac.dsl.source import Source

    assert check(Source("auxetic.meta", text)).diagnostics == ()
    (tmp_path / "auxetic.meta").write_text("mine")
    assert main(["new", "auxetic"]) == exit_codes.USAGE
    assert (tmp_path / "auxetic.meta").read_text() == "mine" and "exists" in capsys.readouterr().err


@pytest.mark.parametrize(("stage", "part"), [("tokens", "PARAM"), ("ast", "Param"), ("graph", "ParameterDeclaration")])
def test_inspect(spec, capsys, stage, part):
    assert main(["inspect", spec(SOUND), "--emit", stage]) == 0
    assert part.lower() in capsys.readouterr().out.lower()


def test_a_defect_is_seventy_without_a_traceback(monkeypatch, spec, capsys):
    monkeypatch.setattr("metac.compiler.pipeline.check", lambda *a, **k: 1 / 0)
    assert main(["check", spec(SOUND)]) == exit_codes.INTERNAL_ERROR
    text = capsys.readouterr().err
    assert "Traceback" not in text and "ZeroDivisionError" in text
    kept = Path(re.search(r"(/\S+metac-traceback-\S+\.txt)", text)[1])
    assert "Traceback" in kept.read_text() and kept.stat().st_mode & 0o077 == 0
    kept.unlink()


def test_ctrl_c_anywhere_is_130(monkeypatch, spec, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("metac.compiler.pipeline.check", interrupted)
    assert main(["check", spec(SOUND)]) == exit_codes.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk_is_four(monkeypatch, spec, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("metac.compiler.pipeline.check", full)
    assert main(["check", spec(SOUND)]) == exit_codes.FAILED
    assert "error[M0621]" in capsys.readouterr().err


HEAVY = {"jax", "sympy", "optax", "flax", "scipy", "numpy", "shapely", "matplotlib", "rich", "gmsh", "meshio", "lark"}


def imported_by(words):
    """The heavy modules that a command line imports."""
    code = (
        "import sys\nfrom metac.commands.main import main\n"
        f"code = main({words!r})\n"
        f"heavy = {HEAVY!r}\n"
        "print(code, *sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stderr.splitlines()[-1].split()


def test_help_and_check_import_nothing_heavy():
    specs = Path(__file__).parents[2] / "specs"
    assert imported_by(["--help"]) == ["0"]
    assert imported_by(["run", "--help"]) == ["0"]
    code, *heavy = imported_by(["check", str(specs / "quickstart.meta")])
    assert code == "0" and not heavy


OF_JAX = {"gmsh_two_groups.meta"}
"""Specs whose check needs it: bodies of mesh files are made of elements as soon as they are read."""
WITHOUT_JAX = """
import sys
from pathlib import Path
from metac.compiler.pipeline import check
from metac.dsl.files import read_source
for path in map(Path, sys.argv[1:]):
    check(read_source(path), folder=path.parent)
    assert "jax" not in sys.modules, path
"""


def test_checks_of_specs_do_without_jax():
    """JAX takes a second to import. Specs are looked at that use a definition which none before them does."""
    seen, chosen = set(), []
    for path in sorted((Path(__file__).parents[2] / "specs").rglob("*.meta")):
        used = set(re.findall(r"= *(\w+) *{", path.read_text(encoding="utf-8")))
        if used - seen and path.name not in OF_JAX:
            chosen.append(str(path))
            seen |= used
    done = subprocess.run([sys.executable, "-c", WITHOUT_JAX, *chosen], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_and_check_are_quick(tmp_path):
    """Below 0.3 s on a machine that does nothing else. The best processor time of several, as CI has other work too."""
    specs = Path(__file__).parents[2] / "specs"
    # Where Python may not keep what it compiles, the first run keeps it here for the others.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    for words in (["--help"], ["check", str(specs / "quickstart.meta")]):
        took = []
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-m", "metac", *words]
            done = subprocess.run(command, capture_output=True, check=False, env=environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            assert done.returncode == 0
        assert min(took) < 0.45, took


def test_a_closed_pipe_is_no_error():
    done = subprocess.run(
        f'{sys.executable} -m metac explain | head -c 10; echo " ${{PIPESTATUS[0]}}"',
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.split()[-1] in {"0", str(exit_codes.PIPE_CLOSED)}


def test_all_errors_are_shown_when_asked_for(tmp_path, capsys):
    spec = tmp_path / "many.meta"
    spec.write_text("".join(f"let a{number} =\n" for number in range(150)))
    assert main(["check", str(spec)]) == 1
    assert "metac check --all" in capsys.readouterr().err
    assert main(["check", str(spec), "--all"]) == 1
    assert capsys.readouterr().err.count("error[M0135]") == 150


def test_many_errors_of_meaning_are_cut_too(tmp_path, capsys):
    spec = tmp_path / "many.meta"
    spec.write_text("".join(f"let a{number} = missing{number}\n" for number in range(150)))
    assert main(["check", str(spec)]) == 1
    told = capsys.readouterr().err
    shown = told.count("error[")
    assert shown == 100 and "… and 50 errors" in told
    assert main(["check", str(spec), "--all"]) == 1
    assert capsys.readouterr().err.count("error[") == 150


def test_fmt_lays_out_and_check_only_tells(tmp_path, monkeypatch, capsys):
    loose, even = "let  a=1  # one\n", "let a = 1  # one\n"
    (tmp_path / "a.meta").write_text(loose)
    path = str(tmp_path / "a.meta")
    assert main(["fmt", "--check", path]) == exit_codes.MISSED
    assert capsys.readouterr().out == f"{path} would change\n" and (tmp_path / "a.meta").read_text() == loose
    assert main(["fmt", path]) == exit_codes.MET and (tmp_path / "a.meta").read_text() == even
    assert main(["fmt", "--check", path]) == exit_codes.MET
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(loose.encode())))
    capsys.readouterr()
    assert main(["fmt", "-"]) == exit_codes.MET and capsys.readouterr().out == even


def test_fmt_leaves_what_it_cannot_read(tmp_path, capsys):
    (tmp_path / "a.meta").write_text("let = 1\n")
    assert main(["fmt", str(tmp_path / "a.meta"), str(tmp_path / "none.meta")]) == exit_codes.USAGE
    assert "error[" in capsys.readouterr().err and (tmp_path / "a.meta").read_text() == "let = 1\n"
