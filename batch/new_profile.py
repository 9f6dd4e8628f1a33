"""A profile of one's own, drafted from a sample of the order source's file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from batch.errors import BatchError, NotPossible
from batch.profiles import built_in_profiles, load_profile
from formats.errors import FileRefused

_TEXT = """\
# A profile drafted from {sample}. Every guess has the first values of its column beside it: correct what is wrong,
# then compare with `tallyfeed profile test {name}`. docs/profiles.md explains each key and placeholder.
{seen}
title = "{name}"
evidence = "example"               # a sample shows one file, not the rules: better ones are in the order source's guide
source = "a sample file, {sample}"
feed = "full"                      # or "delta", if it takes files that hold only what changed
absent = "unchanged"               # what it makes of a product that a full file leaves out: or "zero", "deleted"
file_name = "{file_name}"

[format]
{table}
"""


def new_profile(root: Path, name: str, sample: Path) -> Path:
    """Writes ``profiles/<name>.toml``, and a copy of the sample beside it.

    Args:
        root: the workspace.
        name: of the profile.
        sample: a delimited file as the order source wants it.

    Returns:
        The profile.

    Raises:
        NotPossible: there is such a profile, or the sample is of a format that has to be described by hand.
        BatchError: nothing can be made of the sample.
    """
    file = root / "profiles" / f"{name}.toml"
    if file.exists() or name in built_in_profiles():
        raise NotPossible(f"there is a profile {name} already; choose another name")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise NotPossible(f"{name!r} must be letters, digits, - and _")
    text = _draft(name, sample)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    shutil.copyfile(sample, sample_of(root, name) or file.with_name(f"{name}.sample{sample.suffix or '.csv'}"))
    load_profile(name, root)
    return file


def sample_of(root: Path, name: str) -> Path | None:
    """The sample that a profile was drafted from; None where there is none."""
    return next((root / "profiles").glob(f"{name}.sample.*"), None)


def _draft(name: str, sample: Path) -> str:
    from formats.sample.csv_sample import draft_csv, read_csv_sample

    start = sample.read_bytes()[:512].lstrip(b"\xef\xbb\xbf \r\n\t")
    for mark, what, like in (
        (b"ISA", "an X12 interchange", "846-4010"),
        (b"<", "XML", "commercehub-xml"),
        (b"{", "JSON", "walmart-json"),
        (b"[", "JSON", "dsco-json"),
        (b"PK\x03\x04", "an Excel workbook", "csv"),
    ):
        if start.startswith(mark):
            raise NotPossible(
                f"{sample} is {what}, whose layout can't be guessed; start from one that is alike: "
                f"tallyfeed profiles {like} > profiles/{name}.toml"
            )
    try:
        draft = draft_csv(read_csv_sample(sample))
    except FileRefused as error:
        raise BatchError(str(error)) from None
    return _TEXT.format(
        name=name,
        sample=sample.name,
        seen="".join(f"# Seen: {text}.\n" for text in draft.seen),
        file_name=f"inventory_{{built_at:%Y%m%dT%H%M%SZ}}_{{sequence}}{sample.suffix or draft.suffix}",
        table="\n".join(draft.table),
    )
