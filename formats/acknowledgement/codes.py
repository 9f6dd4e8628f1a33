"""What the codes of 997, 999 and TA1 mean, by the number of their data element.

The lists are those of 004010 and 005010 together with the few codes that later releases add; 720 and 723 hold the codes
of a 999 too (elements 620 and 621).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["accepted", "accepted with errors", "partly accepted", "rejected"]

#: AK501, AK901 and TA104: what a letter says. M, W and X are rejections for reasons of security.
STATES: dict[str, State] = {
    "A": "accepted",
    "E": "accepted with errors",
    "P": "partly accepted",
    "R": "rejected",
    "M": "rejected",
    "W": "rejected",
    "X": "rejected",
}

_ANSWERS = {
    "A": "accepted",
    "E": "accepted, but errors were noted",
    "R": "rejected",
    "M": "rejected: the message authentication code is wrong",
    "W": "rejected: the assurance (signature) is not valid",
    "X": "rejected: what decryption gave cannot be read",
}
_SECURITY_SEGMENTS = (
    "S3S has no closing S3E",
    "S3E has no opening S3S",
    "S4S has no closing S4E",
    "S4E has no opening S4S",
)
_OLD_SECURITY_SEGMENTS = ("S1E has no opening S1S", "S2S has no closing S2E", "S2E has no opening S2S")

_MEANINGS: dict[str, dict[str, str]] = {
    "715": _ANSWERS | {"P": "partly accepted: at least one transaction set was rejected"},
    "716": {
        "1": "this kind of functional group is not taken here",
        "2": "the version of the group (GS08) is not taken here",
        "3": "the end of the group (GE) is missing",
        "4": "the group control number differs between GS06 and GE02",
        "5": "the number of transaction sets in GE01 is not the number found",
        "6": "the group control number is not well-formed",
        "7": "the sender of the group (GS02) is not valid",
        "8": "the receiver of the group (GS03) is not valid",
        "9": "the responsible agency (GS07) is not valid",
        "10": "the name of the authentication key is unknown",
        "11": "the name of the encryption key is unknown",
        "12": "the authentication or encryption asked for is not offered",
        "13": "the recipient of the security is unknown",
        "14": "the originator of the security is unknown",
        "15": "the decrypted text has a syntax error",
        "16": "security is not supported",
        "17": "the length of the encrypted message is wrong",
        "18": "the message authentication code is wrong",
        "19": "the group control number occurs twice in the interchange (up to 004010: S1S has no closing S1E)",
        **dict(zip(("20", "21", "22"), _OLD_SECURITY_SEGMENTS, strict=True)),
        **dict(zip(("23", "24", "25", "26"), _SECURITY_SEGMENTS, strict=True)),
        "30": "the date of the group (GS04) is not valid",
        "31": "the time of the group (GS05) is not valid",
        "32": "the control segments of a transaction set in the group are not well-formed",
    },
    "717": _ANSWERS,
    "718": {
        "1": "this kind of transaction set is not taken here",
        "2": "the end of the transaction set (SE) is missing",
        "3": "the control number differs between ST02 and SE02",
        "4": "the number of segments in SE01 is not the number found",
        "5": "one or more segments are in error",
        "6": "the kind of transaction set (ST01) is missing or not valid",
        "7": "the control number of the transaction set (ST02) is missing or not valid",
        "8": "the name of the authentication key is unknown",
        "9": "the name of the encryption key is unknown",
        "10": "the authentication or encryption asked for is not offered",
        "11": "the recipient of the security is unknown",
        "12": "the length of the encrypted message is wrong",
        "13": "the message authentication code is wrong",
        "15": "the originator of the security is unknown",
        "16": "the decrypted text has a syntax error",
        "17": "security is not supported",
        "18": "the transaction set does not belong into this functional group",
        "19": "the implementation guide named in ST03 is not valid (up to 004010: S1S has no closing S1E)",
        **dict(zip(("20", "21", "22"), _OLD_SECURITY_SEGMENTS, strict=True)),
        "23": "the control number of the transaction set (ST02) occurs twice in the group",
        **dict(zip(("24", "25", "26", "27"), _SECURITY_SEGMENTS, strict=True)),
        "I5": "one or more segments break the implementation guide",
        "I6": "the implementation guide is not supported",
    },
    "720": {
        "1": "the segment is not known",
        "2": "the segment is not expected here",
        "3": "a mandatory segment is missing",
        "4": "the loop occurs more often than allowed",
        "5": "the segment occurs more often than allowed",
        "6": "the segment is not part of this transaction set",
        "7": "the segment is out of order",
        "8": "elements of the segment are in error",
        "I4": "the implementation guide does not use this segment",
        "I6": "a segment that the implementation guide requires in this case is missing",
        "I7": "the loop occurs less often than the implementation guide requires",
        "I8": "the segment occurs less often than the implementation guide requires",
        "I9": "the implementation guide does not use this segment in this case",
    },
    "723": {
        "1": "a mandatory element is missing",
        "2": "an element that others make necessary is missing",
        "3": "there are too many elements",
        "4": "the element is too short",
        "5": "the element is too long",
        "6": "the element holds a character that is not allowed",
        "7": "the code is not in the list",
        "8": "the date is not valid",
        "9": "the time is not valid",
        "10": "the element excludes another that is there too",
        "12": "the element is repeated too often",
        "13": "there are too many components",
        "I6": "the implementation guide does not use this code",
        "I9": "an element that the implementation guide requires in this case is missing",
        "I10": "the implementation guide does not use this element",
        "I11": "the element is repeated less often than the implementation guide requires",
        "I12": "the element does not have the form that the implementation guide requires",
        "I13": "the implementation guide does not use this element in this case",
    },
    "I17": {
        "A": "the envelope was received and has no errors",
        "E": "the envelope was accepted though it has errors: do not send it again",
        "R": "the envelope was rejected because of errors",
    },
    "I18": {
        "000": "no error",
        "001": "the control number differs between ISA13 and IEA02",
        "002": "the standard (ISA11) is not supported",
        "003": "the version of the controls (ISA12) is not supported",
        "004": "the segment terminator is not valid",
        "005": "the qualifier of the sender (ISA05) is not valid",
        "006": "the sender (ISA06) is not valid",
        "007": "the qualifier of the receiver (ISA07) is not valid",
        "008": "the receiver (ISA08) is not valid",
        "009": "the receiver (ISA08) is unknown",
        "010": "the qualifier of the authorization (ISA01) is not valid",
        "011": "the authorization (ISA02) is not valid",
        "012": "the qualifier of the security information (ISA03) is not valid",
        "013": "the security information (ISA04) is not valid",
        "014": "the date (ISA09) is not valid",
        "015": "the time (ISA10) is not valid",
        "016": "the standards identifier (ISA11) is not valid",
        "017": "the version (ISA12) is not valid",
        "018": "the control number (ISA13) is not valid",
        "019": "the request for an acknowledgement (ISA14) is not valid",
        "020": "the test indicator (ISA15) is not valid",
        "021": "the number of groups (IEA01) is not valid",
        "022": "the control structure is not valid",
        "023": "the file ends too early",
        "024": "the content of the interchange is not valid, such as its GS",
        "025": "the control number (ISA13) was used before",
        "026": "the separator of elements is not valid",
        "027": "the separator of components is not valid",
        "028": "the date of the deferred delivery is not valid",
        "029": "the time of the deferred delivery is not valid",
        "030": "the time code of the deferred delivery is not valid",
        "031": "the grade of service is not valid",
    },
}


class Code(NamedTuple):
    """A code with its meaning."""

    code: str
    meaning: str


def meaning(element: str, code: str) -> str:
    """What a code of a data element ("715", "716", "717", "718", "720", "723", "I17" or "I18") means."""
    if not code:
        return "no reason given"
    return _MEANINGS[element].get(code, f'a code that is not in the list of element {element}: "{code}"')
