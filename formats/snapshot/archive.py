"""Snapshots that come compressed: as .gz, or as a .zip with one file in it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Annotated
from zipfile import BadZipFile, ZipFile, ZipInfo

from pydantic import Field

from formats.errors import FileRefused

#: What unpacking may make: so many bytes, so many files, and so many times the size of the archive.
MOST_BYTES = 16 << 30
MOST_WORKBOOK_BYTES = 2 << 30  # which are in memory at once
MOST_MEMBERS = 1000
MOST_RATIO = 250

#: Small files may be packed as tightly as they like.
_SMALL = 16 << 20
_CHUNK = 1 << 20
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # with files, and without
_WORKBOOK = "[Content_Types].xml"


Member = Annotated[str | None, Field(description="Which file of a ZIP archive with several is meant, as in `*.csv`.")]


@contextmanager
def unpacked(path: Path, member: str | None) -> Iterator[Path]:
    """The file itself, or what is packed in it, under the same name in a folder that lives as long as the context.

    Args:
        path: any file; its content tells whether it is an archive, not its name.
        member: which file of a ZIP archive with several is meant, as in ``*.csv``.

    Raises:
        FileRefused: an archive is damaged, is no snapshot, or would unpack to far more than a snapshot is.
    """
    with path.open("rb") as file:
        start = file.read(4)
    is_gzip, is_zip = start.startswith(b"\x1f\x8b"), start in _ZIP and not _is_workbook(path)
    if not (is_gzip or is_zip):
        yield path
        return
    with TemporaryDirectory(prefix="tallyfeed-") as folder:
        inside = Path(folder, path.name)  # names in an archive may lead anywhere
        try:
            if is_gzip:
                with gzip.open(path) as packed:
                    _copy(path, packed, inside)
            else:
                with ZipFile(path) as archive, archive.open(_member(path, archive, member)) as packed:
                    _copy(path, packed, inside)
        except (OSError, EOFError, zlib.error, BadZipFile, NotImplementedError, RuntimeError) as error:
            raise FileRefused(path, f"it can't be unpacked: {error}") from None
        yield inside


def check_workbook(path: Path) -> None:
    """Looks at the parts of a workbook, which are those of a ZIP archive, before all of them are read.

    Raises:
        FileRefused: it is no archive, is damaged, or would unpack to far more than a snapshot is.
    """
    try:
        with ZipFile(path) as archive:
            _check(path, archive, MOST_WORKBOOK_BYTES)
            damaged = archive.testzip()
    except (OSError, EOFError, zlib.error, BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FileRefused(path, f"it is no Excel workbook, or damaged: {error}") from None
    if damaged is not None:
        raise FileRefused(path, f"its part {damaged!r} is damaged")


def _is_workbook(path: Path) -> bool:
    try:
        with ZipFile(path) as archive:
            return _WORKBOOK in archive.namelist()
    except BadZipFile:
        return False


def _member(path: Path, archive: ZipFile, pattern: str | None) -> ZipInfo:
    """The one file in an archive that is meant."""
    _check(path, archive, MOST_BYTES)
    files = [info for info in archive.infolist() if not info.is_dir()]
    meant = [info for info in files if pattern is None or fnmatchcase(info.filename.rpartition("/")[2], pattern)]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(info.filename for info in files[:10]) + (" …" if len(files) > 10 else "")
    if not meant:
        raise FileRefused(
            path, f'no file in it is called "{pattern}"; it holds: {names}' if files else "it holds no file"
        )
    raise FileRefused(path, f'it holds {len(meant)} files; name the one that is meant, as in member = "*.csv": {names}')


def _check(path: Path, archive: ZipFile, most: int) -> None:
    sizes = [info.file_size for info in archive.infolist()]
    if len(sizes) > MOST_MEMBERS:
        raise FileRefused(path, f"it holds {len(sizes):,} files, more than {MOST_MEMBERS:,}")
    _check_size(path, sum(sizes), most)


def _check_size(path: Path, size: int, most: int) -> None:
    packed = path.stat().st_size
    if size > most or size > max(_SMALL, packed * MOST_RATIO):
        raise FileRefused(path, f"its {packed:,} bytes unpack to {size:,} or more, which no snapshot does")


def _copy(path: Path, packed: IO[bytes] | gzip.GzipFile, target: Path) -> None:
    """Unpacks; what an archive says of its sizes need not be true."""
    size = 0
    with target.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            _check_size(path, size, MOST_BYTES)
            out.write(chunk)
