"""The Language Server Protocol over standard input and output, by pygls.

Only here are positions and answers turned into those of the protocol.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

import metac
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.dsl.source import Span
from metac.language_server import actions, completion, hints, hover, navigation, symbols
from metac.language_server.document import Document
from metac.language_server.positions import offset_of, position_of

QUIET = 0.1
"""Seconds without a change after which a text is checked."""
_SEVERITIES = {"error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning}
_COMPLETIONS = {
    "keyword": lsp.CompletionItemKind.Keyword,
    "kind": lsp.CompletionItemKind.Class,
    "definition": lsp.CompletionItemKind.Constructor,
    "field": lsp.CompletionItemKind.Field,
    "name": lsp.CompletionItemKind.Variable,
    "function": lsp.CompletionItemKind.Function,
    "unit": lsp.CompletionItemKind.Unit,
    "type": lsp.CompletionItemKind.TypeParameter,
    "choice": lsp.CompletionItemKind.EnumMember,
}
_SYMBOLS = {
    "parameter": lsp.SymbolKind.Variable,
    "constant": lsp.SymbolKind.Constant,
    "function": lsp.SymbolKind.Function,
    "object": lsp.SymbolKind.Object,
    "goal": lsp.SymbolKind.Event,
    "series": lsp.SymbolKind.Array,
    "import": lsp.SymbolKind.Module,
    "definition": lsp.SymbolKind.Class,
}


class SpecServer(LanguageServer):
    """Keeps the open texts, each checked once for each state."""

    def __init__(self) -> None:
        super().__init__("metac", metac.__version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental)
        self._documents: dict[str, Document] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def document(self, uri: str) -> Document:
        """The text of an address as it stands now."""
        text = self.workspace.get_text_document(uri).source
        known = self._documents.get(uri)
        if known is None or known.text != text:
            path = to_fs_path(uri) if uri.startswith("file:") else None
            known = self._documents[uri] = Document(text, Path(path) if path else None)
        return known

    def forget(self, uri: str) -> None:
        """A text was closed, or a file that others import has changed."""
        self._documents.pop(uri, None)

    @property
    def encoding(self) -> str:
        """How the editor counts columns: `utf-8`, `utf-16` or `utf-32`."""
        return str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))

    def offset(self, document: Document, position: lsp.Position) -> int:
        """The offset of a position in a text."""
        return offset_of(document.source, position.line, position.character, self.encoding)

    def range(self, span: Span) -> lsp.Range:
        """The range of a part of a text."""
        start, end = (position_of(span.source, offset, self.encoding) for offset in (span.start, span.end))
        return lsp.Range(lsp.Position(*start), lsp.Position(*end))

    def location(self, document: Document, span: Span) -> lsp.Location | None:
        """A place in this or another file; None in a text that has no file."""
        if span.source is document.source:
            uri = next((uri for uri, known in self._documents.items() if known is document), None)
        else:
            path = navigation.path_of(document, span)
            uri = from_fs_path(str(Path(path).resolve())) if path else None
        return lsp.Location(uri, self.range(span)) if uri else None

    def do_not_check(self, uri: str) -> None:
        """Drop the check that waits."""
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()

    def check_soon(self, uri: str) -> None:
        """Check a text when its writer pauses."""
        self.do_not_check(uri)
        self._waiting[uri] = asyncio.get_running_loop().create_task(self._check(uri))

    async def _check(self, uri: str) -> None:
        await asyncio.sleep(QUIET)
        document = self.document(uri)
        try:
            found = [self.diagnostic(document, each) for each in document.diagnostics]
        except Exception as error:  # what nobody waits for would be lost, and the editor would show what was found before
            found = [
                lsp.Diagnostic(self.range(document.span(0, 0)), f"metac cannot check this text: {error}", source="metac")
            ]
        version = self.workspace.get_text_document(uri).version
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))

    def diagnostic(self, document: Document, found: Diagnostic) -> lsp.Diagnostic:
        """A finding as the protocol has it."""
        own = [label for label in found.labels if label.span.source.name == document.source.name]
        first = own[0].span if own else document.span(0, 0)
        message = found.message
        if found.labels and not own:
            # What is wrong in an imported file stands at the head of the text that imports it.
            line, column = found.labels[0].span.source.position(found.labels[0].span.start)
            message = f"{found.labels[0].span.source.name}:{line}:{column}: {message}"
        elif own and own[0].text:
            message += f" ({own[0].text})"
        parts = [message, *found.notes, *([f"help: {found.help}"] if found.help else [])]
        related = [each for label in found.labels[1:] if (each := self._related(document, label)) is not None]
        return lsp.Diagnostic(
            self.range(first),
            "\n".join(parts),
            _SEVERITIES[found.severity],
            found.code,
            source="metac",
            related_information=related or None,
        )

    def _related(self, document: Document, label: Label) -> lsp.DiagnosticRelatedInformation | None:
        location = self.location(document, label.span)
        return None if location is None else lsp.DiagnosticRelatedInformation(location, label.text or "here")


def make_server() -> SpecServer:
    """A server with all that it can do."""
    server = SpecServer()
    _add_texts(server)
    _add_answers(server)
    _add_navigation(server)
    _add_changes(server)
    return server


def _add_texts(server: SpecServer) -> None:
    """Opening, changing, saving and closing."""

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(parameters: lsp.DidOpenTextDocumentParams) -> None:
        server.check_soon(parameters.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(parameters: lsp.DidChangeTextDocumentParams) -> None:
        server.check_soon(parameters.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(parameters: lsp.DidSaveTextDocumentParams) -> None:
        # A file that was saved may be one that other open texts import.
        for uri in list(server.workspace.text_documents):
            server.forget(uri)
            server.check_soon(uri)
        del parameters

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(parameters: lsp.DidCloseTextDocumentParams) -> None:
        uri = parameters.text_document.uri
        server.forget(uri)
        server.do_not_check(uri)
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))


def _add_answers(server: SpecServer) -> None:
    """What is said of a text, and what could stand in it."""

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[".", "{", "=", " "]))
    def complete(parameters: lsp.CompletionParams) -> lsp.CompletionList:
        document = server.document(parameters.text_document.uri)
        found = completion.completions(document, server.offset(document, parameters.position))
        snippets = _takes_snippets(server)
        items = [_item(each, number, snippets) for number, each in enumerate(found)]
        return lsp.CompletionList(is_incomplete=False, items=items)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(parameters: lsp.HoverParams) -> lsp.Hover | None:
        document = server.document(parameters.text_document.uri)
        found = hover.hover(document, server.offset(document, parameters.position))
        if found is None:
            return None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, found[0]), server.range(found[1]))

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def inlays(parameters: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        document = server.document(parameters.text_document.uri)
        start, end = (server.offset(document, each) for each in (parameters.range.start, parameters.range.end))
        return [
            lsp.InlayHint(server.range(document.span(offset, offset)).start, text, padding_left=True)
            for offset, text in hints.hints(document, start, end)
        ]


def _add_navigation(server: SpecServer) -> None:
    """Where names stand."""

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(parameters: lsp.DefinitionParams) -> lsp.Location | None:
        document = server.document(parameters.text_document.uri)
        span = navigation.origin(document, server.offset(document, parameters.position))
        return None if span is None else server.location(document, span)

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(parameters: lsp.ReferenceParams) -> list[lsp.Location]:
        document, uri = server.document(parameters.text_document.uri), parameters.text_document.uri
        spans = navigation.uses(document, server.offset(document, parameters.position))
        return [lsp.Location(uri, server.range(span)) for span in spans]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlights(parameters: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        document = server.document(parameters.text_document.uri)
        spans = navigation.uses(document, server.offset(document, parameters.position))
        return [lsp.DocumentHighlight(server.range(span)) for span in spans]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outline(parameters: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return [
            lsp.DocumentSymbol(
                each.name, _SYMBOLS[each.sort], server.range(each.whole), server.range(each.place), each.detail
            )
            for each in symbols.symbols(server.document(parameters.text_document.uri))
        ]


def _add_changes(server: SpecServer) -> None:
    """What changes a text."""

    @server.feature(lsp.TEXT_DOCUMENT_RENAME)
    def rename(parameters: lsp.RenameParams) -> lsp.WorkspaceEdit:
        uri = parameters.text_document.uri
        document = server.document(uri)
        try:
            spans = navigation.renamed(document, server.offset(document, parameters.position), parameters.new_name)
        except navigation.NotRenamed as problem:
            raise JsonRpcInvalidParams(str(problem)) from problem
        return lsp.WorkspaceEdit({uri: [lsp.TextEdit(server.range(span), parameters.new_name) for span in spans]})

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def format(parameters: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        document = server.document(parameters.text_document.uri)
        text = actions.laid_out(document)
        if text is None or text == document.text:
            return None
        return [lsp.TextEdit(server.range(document.span(0, len(document.text))), text)]

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix]))
    def act(parameters: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = parameters.text_document.uri
        document = server.document(uri)
        start, end = (server.offset(document, each) for each in (parameters.range.start, parameters.range.end))
        return [
            lsp.CodeAction(
                each.title,
                lsp.CodeActionKind.QuickFix,
                [server.diagnostic(document, each.diagnostic)],
                edit=lsp.WorkspaceEdit({uri: [lsp.TextEdit(server.range(each.fix.span), each.fix.replacement)]}),
            )
            for each in actions.actions(document, start, end)
        ]


def _takes_snippets(server: SpecServer) -> bool:
    capabilities: Any = server.client_capabilities
    for name in ("text_document", "completion", "completion_item", "snippet_support"):
        capabilities = getattr(capabilities, name, None)
    return bool(capabilities)


def _item(proposal: completion.Proposal, number: int, snippets: bool) -> lsp.CompletionItem:
    snippet = proposal.snippet if snippets else None
    return lsp.CompletionItem(
        proposal.label,
        kind=_COMPLETIONS[proposal.sort],
        detail=proposal.detail or None,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, proposal.doc) if proposal.doc else None,
        insert_text=snippet or proposal.insert,
        insert_text_format=lsp.InsertTextFormat.Snippet if snippet else lsp.InsertTextFormat.PlainText,
        sort_text=f"{number:05d}",
    )


def serve() -> None:
    """Speak over standard input and output until the editor ends it."""
    make_server().start_io()
