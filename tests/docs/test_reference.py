"""The reference is what the definitions say, and they say what each field means."""

from pathlib import Path

import pytest

from metac.api.reference import LibraryReference, first_sentence, page
from metac.commands import exit_codes
from metac.commands.main import main
from metac.compiler.types.types import KindType

ROOT = Path(__file__).parents[2]
REFERENCE = LibraryReference()
ALL = [definition for kind in REFERENCE.kinds() for definition in REFERENCE.definitions(kind)]


def test_the_page_is_what_the_definitions_say():
    made = page(REFERENCE)
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == made, "metac doc --markdown > docs/reference.md"


def test_every_definition_of_the_library_is_in_it():
    files = {path.stem for path in (ROOT / "stdlib").glob("*/*.meta") if path.parent.name != "kinds"}
    assert {each.name for each in ALL} == files


@pytest.mark.parametrize("definition", ALL, ids=lambda each: f"{each.kind.name} {each.name}")
def test_definitions_and_fields_say_what_they_are(definition):
    assert definition.doc
    # Of a field for an object the kind says it.
    silent = [each.name for each in definition.fields.values() if not each.doc and not isinstance(each.type, KindType)]
    assert silent == []


def test_the_first_sentence_is_found():
    assert first_sentence("One thing (Xu et al., eq. 3). Another.") == "One thing (Xu et al., eq. 3)."
    assert first_sentence("Over\ntwo lines") == "Over two lines"


def test_doc_shows_kinds_definitions_and_fields(capsys):
    assert main(["doc"]) == exit_codes.MET and "- `material`: A constitutive law" in capsys.readouterr().out
    assert main(["doc", "material"]) == exit_codes.MET and "- `ogden`: Ogden's rubber" in capsys.readouterr().out
    assert main(["doc", "load", "tension"]) == exit_codes.MET
    told = capsys.readouterr().out
    assert "| `strain` | `Scalar in 1e-9 .. 5` | final displacement of the moving grip" in told and "| `body` |" in told
    assert main(["doc", "tension"]) == exit_codes.MET and capsys.readouterr().out == told
    assert main(["doc", "--markdown"]) == exit_codes.MET and capsys.readouterr().out == page(REFERENCE)


@pytest.mark.parametrize(
    ("words", "told"),
    [(["materal"], "there is no kind `materal`; did you mean `material`?"), (["material", "ogdn"], "did you mean `ogden`?")],
)
def test_what_is_not_there_is_told(capsys, words, told):
    assert main(["doc", *words]) == exit_codes.USAGE
    assert told in capsys.readouterr().err
