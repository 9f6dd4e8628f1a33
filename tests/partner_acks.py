"""Acknowledgements as partners write them, to be bent out of shape by tests."""

from __future__ import annotations

from pathlib import Path

from formats.acknowledgement.reading import Acknowledgement, GroupAnswer, read_acknowledgements

ISA = "ISA*00*          *00*          *12*5551234567     *01*123456789      *251114*0702*U*00401*000000311*0*P*>"
GS = "GS*FA*5551234567*123456789*20251114*0702*88*X*004010"

#: One set accepted, one rejected for a quantity in its eighth segment.
BODY = (
    "AK1*IB*17",
    "AK2*846*0001",
    "AK5*A",
    "AK2*846*0002",
    "AK3*QTY*8**8",
    "AK4*2*380*6*1x3",
    "AK5*R*5",
    "AK9*P*2*2*1",
)


def message(*body: str, kind: str = "997", number: str = "0001") -> list[str]:
    """A transaction set around these segments."""
    return [f"ST*{kind}*{number}", *body, f"SE*{len(body) + 2}*{number}"]


def group(*messages: list[str], number: str = "88") -> list[str]:
    """A functional group around transaction sets."""
    inner = [segment for one in messages for segment in one]
    return [GS.replace("88", number), *inner, f"GE*{len(messages)}*{number}"]


def interchange(*parts: list[str], number: str = "000000311") -> str:
    """An interchange around groups and TA1, one segment per line."""
    inner = [segment for part in parts for segment in part]
    groups = sum(segment.startswith("GS*") for segment in inner)
    return "".join(f"{one}~\n" for one in [ISA.replace("000000311", number), *inner, f"IEA*{groups}*{number}"])


def read(folder: Path, text: str | bytes) -> list[Acknowledgement]:
    """What the reader makes of a file with this content."""
    path = folder / "partner.997"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
    return read_acknowledgements(path)


def answer(folder: Path, *body: str) -> GroupAnswer:
    """The only answer in a 997 of these segments."""
    (acknowledgement,) = read(folder, interchange(group(message(*body))))
    (only,) = acknowledgement.groups
    return only
