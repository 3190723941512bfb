"""The server end to end, as an editor drives it: a process of its own, over standard input and output."""

import asyncio
import sys
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

SPEC = (Path(__file__).parents[3] / "specs" / "quickstart.meta").read_text(encoding="utf-8")
WAIT = 120
"""Seconds; the server starts in one on a quiet machine."""


class Editor:
    """What an editor does with one text."""

    def __init__(self, path: Path) -> None:
        self.uri, self.version, self.text = path.as_uri(), 0, ""
        self.client = LanguageClient("editor", "1")
        self.published: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(found: lsp.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(found)

    async def start(self) -> lsp.InitializeResult:
        await self.client.start_io(sys.executable, "-m", "metac", "lsp", "--stdio")
        item = lsp.ClientCompletionItemOptions(snippet_support=True)
        documents = lsp.TextDocumentClientCapabilities(completion=lsp.CompletionClientCapabilities(completion_item=item))
        started = await self.client.initialize_async(
            lsp.InitializeParams(lsp.ClientCapabilities(text_document=documents), process_id=None)
        )
        self.client.initialized(lsp.InitializedParams())
        return started

    async def diagnostics(self) -> list[lsp.Diagnostic]:
        """What is found in the text as it stands now; what was found in earlier states is passed over."""
        while True:
            found = await asyncio.wait_for(self.published.get(), WAIT)
            if found.version == self.version:
                return list(found.diagnostics)

    def open(self, text: str) -> None:
        self.text = text
        document = lsp.TextDocumentItem(self.uri, "meta", self.version, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(document))

    def replace(self, old: str, new: str) -> None:
        """As one typed change of a range."""
        start = self.text.index(old)
        edit = lsp.TextDocumentContentChangePartial(lsp.Range(self.position(start), self.position(start + len(old))), new)
        self.text, self.version = self.text.replace(old, new, 1), self.version + 1
        document = lsp.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [edit]))

    def position(self, offset: int) -> lsp.Position:
        before = self.text[:offset].split("\n")
        return lsp.Position(len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)

    def applied(self, edits: list[lsp.TextEdit]) -> str:
        lines = self.text.split("\n")
        starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
        result = self.text
        for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
            start, end = (starts[each.line] + each.character for each in (edit.range.start, edit.range.end))
            result = result[:start] + edit.new_text + result[end:]
        return result

    @property
    def document(self) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri)


async def session(editor: Editor) -> None:
    started = await editor.start()
    offered = started.capabilities
    assert offered.completion_provider and offered.hover_provider and offered.rename_provider and offered.inlay_hint_provider

    editor.open(SPEC.replace("50 MPa", "50 Mpa"))
    (found,) = await editor.diagnostics()
    assert found.code == "M0416" and found.source == "metac" and "help: write `MPa`" in found.message
    assert found.range.start == editor.position(editor.text.index("Mpa"))
    asked = lsp.CodeActionParams(editor.document, found.range, lsp.CodeActionContext([found]))
    offers = await editor.client.text_document_code_action_async(asked)
    assert offers and len(offers) == 1
    action = offers[0]
    assert isinstance(action, lsp.CodeAction) and action.edit and action.edit.changes
    assert editor.applied(list(action.edit.changes[editor.uri])) == SPEC
    editor.replace("50 Mpa", "50 MPa")
    assert await editor.diagnostics() == []

    editor.replace("rate = 5e-3", "rate = ")
    position = editor.position(editor.text.index("{ rate") + 2)
    completed = await editor.client.text_document_completion_async(lsp.CompletionParams(editor.document, position))
    assert isinstance(completed, lsp.CompletionList) and "rate" in [item.label for item in completed.items]
    assert any(item.insert_text_format is lsp.InsertTextFormat.Snippet for item in completed.items)
    editor.replace("rate = ", "rate = 5e-3")

    place = editor.position(editor.text.index("neo_hookean") + 3)
    hovered = await editor.client.text_document_hover_async(lsp.HoverParams(editor.document, place))
    assert hovered and isinstance(hovered.contents, lsp.MarkupContent) and "neo-Hookean" in hovered.contents.value
    gone = await editor.client.text_document_definition_async(lsp.DefinitionParams(editor.document, place))
    assert isinstance(gone, lsp.Location) and gone.uri.endswith("/materials/neo_hookean.meta")

    name = editor.position(editor.text.index("nu_target") + 1)
    changed = await editor.client.text_document_rename_async(lsp.RenameParams(editor.document, name, "wanted"))
    assert changed and changed.changes
    assert editor.applied(list(changed.changes[editor.uri])) == SPEC.replace("nu_target", "wanted")
    with pytest.raises(JsonRpcException, match="is no name"):
        await editor.client.text_document_rename_async(lsp.RenameParams(editor.document, name, "2"))
    used = await editor.client.text_document_references_async(
        lsp.ReferenceParams(lsp.ReferenceContext(True), editor.document, name)
    )
    assert used and len(used) == SPEC.count("nu_target")

    outline = await editor.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(editor.document))
    assert outline and [each.name for each in outline][:3] == ["nu_target", "g", "rubber"]
    whole = lsp.Range(lsp.Position(0, 0), editor.position(len(editor.text)))
    inlays = await editor.client.text_document_inlay_hint_async(lsp.InlayHintParams(editor.document, whole))
    assert inlays and [each.label for each in inlays] == ["= 0.1", "= 0.49", "= 0.51"]

    editor.replace("steps = 150", "steps=150")
    options = lsp.FormattingOptions(4, True)
    edits = await editor.client.text_document_formatting_async(lsp.DocumentFormattingParams(editor.document, options))
    assert edits and "    steps = 150" in editor.applied(list(edits))

    await editor.client.shutdown_async(None)
    editor.client.exit(None)


def test_a_session(tmp_path: Path) -> None:
    """Columns are counted in UTF-16 by this editor, and the comments hold characters beyond ASCII before what is found."""
    asyncio.run(asyncio.wait_for(session(Editor(tmp_path / "spec.meta")), 2 * WAIT))
