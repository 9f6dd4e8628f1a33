"""One good 846 and what can be wrong with it: each variant differs in one thing."""

from __future__ import annotations

from collections.abc import Callable

_GOOD = """\
ISA*00*          *00*          *01*123456789      *12*5551234567     *251114*0645*U*00401*000000042*0*P*>~
GS*IB*123456789*5551234567*20251114*0645*17*X*004010~
ST*846*0001~
BIA*00*SI*INV-42*20251114*0645~
DTM*184*20251114*0630*UT~
REF*VR*4711~
N1*WH*Newark DC*92*31415~
LIN*1*SK*00123*UP*012345678905~
PID*F*08***Tent, 2 persons~
DTM*018*20251201~
REF*ZZ*ACTIVE~
QTY*33*5*EA~
LIN*2*SK*ZZ-9~
QTY*33*0*EA~
CTT*2~
SE*14*0001~
GE*1*17~
IEA*1*000000042~
"""

Change = Callable[[str], str]


def good(release: str) -> str:
    """The file, in release 004010 or 005010."""
    if release == "004010":
        return _GOOD
    return _GOOD.replace("*U*00401*", "*^*00501*").replace("004010", "005010")


def swap(old: str, new: str) -> Change:
    """One text instead of another, which occurs once."""

    def change(text: str) -> str:
        assert text.count(old) == 1, old
        return text.replace(old, new)

    return change


def counted(*changes: Change) -> Change:
    """Changes to the segments, which SE01 counts again."""

    def change(text: str) -> str:
        for one in changes:
            text = one(text)
        inside = text.partition("ST*")[2].partition("SE*")[0].count("~") + 1
        return text.replace("SE*14*", f"SE*{inside}*")

    return change


_AGAIN = "ST*846*0001~\nBIA*00*SI*INV-43*20251114*0645~\nLIN*1*SK*A~\nCTT*1~\nSE*5*0001~\n"

#: Number of the variant -> what it does to the good file.
BROKEN: dict[str, Change] = {
    "10 SE01 is off by one": swap("SE*14*", "SE*15*"),
    "11 SE02 is not ST02": swap("SE*14*0001", "SE*14*0002"),
    "12 GE02 is not GS06": swap("GE*1*17", "GE*1*18"),
    "13 IEA02 is not ISA13": swap("IEA*1*000000042", "IEA*1*000000043"),
    "14 GE01 is wrong": swap("GE*1*", "GE*2*"),
    "20 no BIA": counted(swap("BIA*00*SI*INV-42*20251114*0645~\n", "")),
    "21 BIA02 has an unknown code": swap("*SI*INV", "*XX*INV"),
    "22 QTY01 is no code": swap("QTY*33*5*", "QTY*!!*5*"),
    "23 LIN02 is no code": swap("LIN*2*SK", "LIN*2*!Q"),
    "24 BIA03 has 51 characters": swap("INV-42", "I" * 51),
    "25 LIN03 has 49 characters": swap("SK*ZZ-9", "SK*" + "Z" * 49),
    "26 QTY02 is no number": swap("QTY*33*5*", "QTY*33*2x5*"),
    "27 BIA04 is no date": swap("INV-42*20251114", "INV-42*20251341"),
    "28 N103 without N104": swap("*92*31415", "*92"),
    "29 LIN04 without LIN05": swap("*UP*012345678905", "*UP"),
    "31 DTM after REF": swap("DTM*018*20251201~\nREF*ZZ*ACTIVE~\n", "REF*ZZ*ACTIVE~\nDTM*018*20251201~\n"),
    "32 a segment of no standard": counted(swap("CTT*2~", "ZZZ*1~\nCTT*2~")),
    "33 CTT01 does not count LIN": swap("CTT*2~", "CTT*9~"),
    "34 a segment ends in empty elements": swap("QTY*33*0*EA~", "QTY*33*0*EA**~"),
    "35 ISA06 is not filled up": swap("*123456789      *", "*123456789*"),
    "36 QTY02 begins with a blank": swap("QTY*33*5*", "QTY*33* 5*"),
    "37 the same ST02 twice": lambda text: swap("GE*1*", "GE*2*")(text).replace("GE*2*", _AGAIN + "GE*2*"),
    "38 CTT02 is not the sum of QTY02": swap("CTT*2~", "CTT*2*6~"),
}

#: Without QTY, which the standard allows.
WITHOUT_QUANTITY: Change = counted(swap("QTY*33*0*EA~\n", ""))
