"""What an editor shows while a spec is written, over the Language Server Protocol: `metac lsp`.

`document.py` is one open text with all that is known of it; `place.py` says what stands, or could stand, at a position; each
of `completion`, `hover`, `navigation`, `symbols`, `hints` and `actions` is a function from a document to plain answers, in
offsets of characters; `server.py` alone speaks the protocol.
"""
