"""The call frame of XLA's foreign function interface, read and answered through ctypes.

Layouts follow `xla/ffi/api/c_api.h` (shipped by jaxlib, see `jax.ffi.include_dir()`), version 0.3. Its rules for change: a
new major version breaks layouts; a new minor one only adds fields at the end, and each structure holds its size.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p

import numpy as np
from numpy.typing import NDArray

MAJOR, MINOR = 0, 3
"""The version of the interface that these layouts are of."""

_METADATA_EXTENSION = 1
_BUFFER = 1
_STRING = 4
_EXECUTE = 3
_INTERNAL = 13
_DATA_TYPES = {
    number: np.dtype(name)
    for number, name in {
        1: "bool",
        2: "int8",
        3: "int16",
        4: "int32",
        5: "int64",
        6: "uint8",
        7: "uint16",
        8: "uint32",
        9: "uint64",
        11: "float32",
        12: "float64",
        15: "complex64",
        18: "complex128",
    }.items()
}


class UnknownInterface(Exception):
    """This XLA's foreign function interface is not one that we can read."""


class Extension(Structure):
    """XLA_FFI_Extension_Base."""


Extension._fields_ = [("struct_size", c_size_t), ("type", c_int), ("next", POINTER(Extension))]
_HEAD = [("struct_size", c_size_t), ("extension_start", POINTER(Extension))]


class Version(Structure):
    """XLA_FFI_Api_Version."""

    _fields_ = [*_HEAD, ("major", c_int), ("minor", c_int)]


class Metadata(Structure):
    """XLA_FFI_Metadata, as far as it is answered: a handler without state leaves the type of its state as it is."""

    _fields_ = [("struct_size", c_size_t), ("version", Version), ("traits", c_uint32)]


class MetadataExtension(Structure):
    """XLA_FFI_Metadata_Extension."""

    _fields_ = [("base", Extension), ("metadata", POINTER(Metadata))]


class Buffer(Structure):
    """XLA_FFI_Buffer: a dense array, row by row."""

    _fields_ = [*_HEAD, ("dtype", c_int), ("data", c_void_p), ("rank", c_int64), ("dims", POINTER(c_int64))]


class Buffers(Structure):
    """XLA_FFI_Args and XLA_FFI_Rets."""

    _fields_ = [*_HEAD, ("size", c_int64), ("types", POINTER(c_int)), ("values", POINTER(POINTER(Buffer)))]


class ByteSpan(Structure):
    """XLA_FFI_ByteSpan."""

    _fields_ = [("text", c_void_p), ("size", c_size_t)]

    def decode(self) -> str:
        """The text that it spans."""
        return ctypes.string_at(self.text, self.size).decode() if self.size else ""


class Attributes(Structure):
    """XLA_FFI_Attrs."""

    _fields_ = [
        *_HEAD,
        ("size", c_int64),
        ("types", POINTER(c_int)),
        ("names", POINTER(POINTER(ByteSpan))),
        ("values", POINTER(c_void_p)),
    ]


class ErrorArguments(Structure):
    """XLA_FFI_Error_Create_Args."""

    _fields_ = [*_HEAD, ("message", c_char_p), ("code", c_int)]


class Api(Structure):
    """XLA_FFI_Api, up to the one function that we call."""

    _fields_ = [
        *_HEAD,
        ("version", Version),
        ("internal", c_void_p),
        ("error_create", ctypes.CFUNCTYPE(c_void_p, POINTER(ErrorArguments))),
    ]


class CallFrame(Structure):
    """XLA_FFI_CallFrame, up to the attributes: what follows serves handlers that continue after they returned."""

    _fields_ = [
        *_HEAD,
        ("interface", POINTER(Api)),
        ("context", c_void_p),
        ("stage", c_int),
        ("operands", Buffers),
        ("results", Buffers),
        ("attributes", Attributes),
    ]


Handler = ctypes.CFUNCTYPE(c_void_p, c_void_p)
"""XLA_FFI_Handler: takes the address of a call frame, gives that of an error or none."""


def answer_query(frame: CallFrame) -> bool:
    """Answer XLA's question for our version, which it asks when a handler is registered; False where it asks for work.

    Raises UnknownInterface where its own version or one of its structures is not what we know.
    """
    node = frame.extension_start
    while node and node.contents.type != _METADATA_EXTENSION:
        node = node.contents.next
    if not node:
        return False
    check(frame)
    metadata = ctypes.cast(node, POINTER(MetadataExtension)).contents.metadata.contents
    _check_size(metadata)
    metadata.version.major = MAJOR
    metadata.version.minor = min(MINOR, frame.interface.contents.version.minor)
    metadata.traits = 0
    return True


def check(frame: CallFrame) -> None:
    """Raise UnknownInterface unless the frame has a layout that we know."""
    _check_size(frame)
    version = frame.interface.contents.version
    if version.major != MAJOR:
        raise UnknownInterface(f"its version is {version.major}.{version.minor}; known is {MAJOR}.{MINOR}")


def _check_size(structure: CallFrame | Metadata) -> None:
    known = _extent(type(structure))
    if structure.struct_size < known:
        raise UnknownInterface(f"its {type(structure).__name__} has {structure.struct_size} bytes, not at least {known}")


def _extent(structure: type[Structure]) -> int:
    """Bytes up to the end of the last field: sizes are told without padding."""
    last = getattr(structure, structure._fields_[-1][0])
    return last.offset + last.size


def is_execution(frame: CallFrame) -> bool:
    """Whether the handler is asked to compute now, not to prepare."""
    return frame.stage == _EXECUTE


def text_attribute(frame: CallFrame, name: str) -> str:
    """The value of an attribute that is a text; KeyError where there is none of this name."""
    attributes = frame.attributes
    for index in range(attributes.size):
        if attributes.names[index].contents.decode() == name and attributes.types[index] == _STRING:
            return ByteSpan.from_address(attributes.values[index]).decode()
    raise KeyError(name)


def arrays(buffers: Buffers, *, writeable: bool) -> list[NDArray]:
    """Views of the buffers, not copies: they must not be used after the call."""
    return [_array(buffers.values[index].contents, buffers.types[index], writeable) for index in range(buffers.size)]


def _array(buffer: Buffer, kind: int, writeable: bool) -> NDArray:
    if kind != _BUFFER or buffer.dtype not in _DATA_TYPES:
        raise TypeError(f"an operand or result of kind {kind}, data type {buffer.dtype}, cannot cross to the host")
    dtype, shape = _DATA_TYPES[buffer.dtype], tuple(buffer.dims[: buffer.rank])
    size = int(np.prod(shape, dtype=np.int64))
    if size == 0:
        return np.zeros(shape, dtype)
    memory = (ctypes.c_byte * (size * dtype.itemsize)).from_address(buffer.data)
    view = np.ndarray(shape, dtype, buffer=memoryview(memory))
    view.flags.writeable = writeable
    return view


def error(interface: Api, message: str) -> int:
    """The address of a new error of XLA's, which XLA frees."""
    text = message.encode()
    arguments = ErrorArguments(_extent(ErrorArguments), None, text, _INTERNAL)
    return interface.error_create(ctypes.byref(arguments))
