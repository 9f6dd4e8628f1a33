"""What the bytes of a text file say before it is taken apart: its encoding, and whether all of it is there."""

from __future__ import annotations

import codecs
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from formats.delimited.guess import LEGACY, Encoding, guessed_encoding
from formats.errors import FileRefused

#: That of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
)
_DECLARATION = re.compile(rb"^[\"*]*Action\([^)\r\n]*\bCC=([A-Za-z0-9_-]+)", re.MULTILINE)
_START = 1 << 12
_CHUNK = 1 << 20
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Bytes:
    """What was seen in a file: whether any quote, and how many delimiters if none."""

    quoted: bool
    delimiters: int


def encoding_of(file: Path, named: str | None) -> Encoding:
    """The encoding of a file: what its byte order mark says, else its first header, else the one named, else its bytes.

    A header says it as in ``*Action(SiteID=US|Version=1193|CC=ISO-8859-1)``.

    Raises:
        FileRefused: there is not one byte, or they are those of an archive or a workbook.
    """
    with file.open("rb") as handle:
        start = handle.read(_START)
    if not start:
        raise FileRefused(file, "the file is empty; it should have a header line and rows")
    for mark, what in _OTHER_FORMATS:
        if start.startswith(mark):
            raise FileRefused(file, f"it is {what}, whatever its name says; have it sent as CSV")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise FileRefused(file, "it is a web page, perhaps an error of the server that it came from; fetch it again")
    if said := _marked(start) or _declared(start) or named:
        return Encoding(codecs.lookup(said).name.removesuffix("-sig"))
    return guessed_encoding(file)


def marked_encoding(file: Path) -> str | None:
    """The encoding that the byte order mark of a file names, if it has one."""
    with file.open("rb") as handle:
        return _marked(handle.read(4))


def _declared(start: bytes) -> str | None:
    """The encoding that the first header declares, if it is known."""
    found = _DECLARATION.search(start)
    try:
        return codecs.lookup(found[1].decode()).name if found else None
    except LookupError:
        return None


def _marked(start: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


@contextmanager
def in_utf8(file: Path, named: str | None, *, guess: bool = False) -> Iterator[tuple[Path, Path, Encoding]]:
    """The text of a file in UTF-8, a folder for copies of it, and the encoding that the file has.

    Args:
        file: any text.
        named: its encoding, unless it says another itself.
        guess: an encoding other than Unicode may be guessed; nothing that depends on the guess may be used.

    Raises:
        FileRefused: it is empty, or not in the encoding that its mark names, else that which is named.
    """
    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        path, encoding = file, encoding_of(file, named)
        if encoding.name in LEGACY and encoding.guessed and not guess:
            encoding = Encoding("utf-8")  # which it isn't: whoever looks at the bytes will say where
        if encoding.name != "utf-8":
            path = Path(folder, "utf-8.txt")
            copy_as_utf8(file, encoding.name, path)
        yield path, Path(folder), encoding


def copy_as_utf8(file: Path, encoding: str, copy: Path) -> None:
    """Writes the same text in UTF-8.

    Raises:
        FileRefused: a byte does not exist in this encoding.
    """
    with file.open(encoding=encoding, newline="") as text, copy.open("w", encoding="utf-8", newline="") as out:
        try:
            shutil.copyfileobj(text, out, _CHUNK)
        except UnicodeError as error:
            byte = f"byte 0x{error.object[error.start]:02X}" if isinstance(error, UnicodeDecodeError) else "its start"
            reason = f"{byte} is not {encoding}; set encoding to the one that the source writes"
            raise FileRefused(file, reason) from None


def look(path: Path, delimiter: str, *, source: Path, final_newline: bool) -> Bytes:
    """Looks at every byte of a UTF-8 file.

    Args:
        path: the file, or a copy.
        delimiter: to be counted.
        source: the file as errors name it.
        final_newline: the file must end in a line break.

    Raises:
        FileRefused: it holds a NUL or bytes that are not UTF-8, has no line break where it should, or ends its lines
            in carriage returns alone.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    quoted, delimiters, complete = False, 0, False
    for offset, chunk in _chunks(path):
        if (at := chunk.find(b"\0")) >= 0:
            raise FileRefused(source, _nul(_where(path, offset + at, delimiter)))
        if not (chunk.isascii() and decoder.getstate()[0] == b""):
            _decode(decoder, chunk, path, source, offset, delimiter=delimiter)
        if offset == 0 and b"\r" in chunk and b"\n" not in chunk:
            raise FileRefused(source, "its lines end in carriage returns alone; have it written with LF or CR LF")
        quoted = quoted or b'"' in chunk
        delimiters += 0 if quoted else chunk.count(delimiter.encode())
        complete = chunk.endswith(b"\n")
    _decode(decoder, b"", path, source, path.stat().st_size, delimiter=delimiter, final=True)
    if final_newline and not complete:
        raise FileRefused(
            source,
            f"the last line, {_line(path, path.stat().st_size)}, has no line break, so the file may be cut short; "
            "send it again, or set final_newline = false if this source never writes one",
        )
    return Bytes(quoted, delimiters)


def _chunks(path: Path) -> Iterator[tuple[int, bytes | bytearray]]:
    """The bytes with their offsets; a chunk is overwritten by the next, because fresh memory is dear."""
    buffer, offset = bytearray(_CHUNK), 0
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            yield offset, buffer if size == _CHUNK else bytes(buffer[:size])
            offset += size


def _decode(
    decoder: codecs.IncrementalDecoder,
    chunk: bytes | bytearray,
    path: Path,
    source: Path,
    offset: int,
    *,
    delimiter: str,
    final: bool = False,
) -> None:
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        where, byte = _where(path, offset - pending + error.start, delimiter), error.object[error.start]
        raise FileRefused(
            source,
            f"{where} holds byte 0x{byte:02X}, which is not UTF-8; "
            'set encoding to what the source writes, for example encoding = "cp1252"',
        ) from None


def _nul(where: str) -> str:
    return (
        f"{where} holds a NUL byte; the file was not written to its end, "
        'or is UTF-16 without a byte order mark (then set encoding = "utf-16-le")'
    )


def _where(path: Path, offset: int, delimiter: str) -> str:
    """The line and the cell that hold the byte at an offset, and what stands in the cell."""
    start = max(0, offset - _START)
    with path.open("rb") as file:
        file.seek(start)
        before, after = file.read(offset - start), file.read(_START)
    mark = delimiter.encode()
    line = before.rpartition(b"\n")[2]
    cell = line.rpartition(mark)[2] + after.partition(b"\n")[0].partition(mark)[0].rstrip(b"\r")
    shown = cell[:_SHOWN].decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    within = "" if delimiter == "\n" else f", cell {line.count(mark) + 1}"
    return f'line {_line(path, offset)}{within}: "{shown}{"…" if len(cell) > _SHOWN else ""}"'


def _line(path: Path, offset: int) -> int:
    """The number of the line that holds the byte at an offset."""
    breaks = 0
    for start, chunk in _chunks(path):
        breaks += chunk.count(b"\n", 0, max(0, offset - start))
    return breaks + 1
