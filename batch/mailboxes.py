"""What sshd and the system need so that partners can collect from their mailboxes: a script to read and run as root."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from batch.config import Workspace
from batch.destinations import destination
from batch.errors import NotPossible
from transports.mailbox import Mailbox

_HEADER = """\
#!/bin/sh
# Lets partners collect the files in their mailboxes over SFTP, and nothing else. Read it, then run it as root.
# It can be run again after a change. It makes accounts, folders, {keys}/* and
# {config}, which sshd_config must include (as Debian's does). An account that is there already
# stays as it is, and may do nothing over SSH from then on but collect: give partners names of their own.
set -eu
"""

_MATCH = """\
Match User {partner}
    ChrootDirectory "{home}"
    ForceCommand internal-sftp -d /outgoing -u 0007
    AuthenticationMethods publickey
    AuthorizedKeysFile "{keys}"
    DisableForwarding yes
    PermitTTY no
    PermitUserRC no
"""


@dataclass(frozen=True, slots=True)
class Box:
    """One partner's mailbox: its folder, and the keys that open it."""

    partner: str
    home: Path
    keys: tuple[str, ...]


def boxes(workspace: Workspace) -> list[Box]:
    """The mailboxes of a workspace, one a partner, with the keys of all order sources that deliver to it.

    Raises:
        NotPossible: there is none, or a partner has two: an account leads to one folder.
    """
    found: dict[str, Box] = {}
    for merchant, owner in workspace.merchants.items():
        for order_source in owner.order_sources:
            mailbox = destination(workspace, merchant, order_source)
            if isinstance(mailbox, Mailbox):
                before = found.get(mailbox.collector, Box(mailbox.collector, mailbox.home, ()))
                if before.home != mailbox.home:
                    raise NotPossible(f"{mailbox.collector} has two mailboxes: {before.home} and {mailbox.home}")
                keys = dict.fromkeys((*before.keys, *mailbox.keys))
                found[mailbox.collector] = Box(mailbox.collector, mailbox.home, tuple(keys))
    if not found:
        raise NotPossible('no order source delivers to a mailbox; write deliver = { type = "mailbox", partner = "…" }')
    return list(found.values())


def setup_script(mailboxes: Iterable[Box], user: str, etc: Path = Path("/etc/ssh")) -> str:
    """The script.

    Args:
        mailboxes: who collects from where.
        user: the account that runs Tallyfeed, which puts the files there.
        etc: where sshd's configuration lies.
    """
    keys, config = etc / "tallyfeed", etc / "sshd_config.d" / "tallyfeed-mailbox.conf"
    mailboxes = list(mailboxes)
    parts = [_HEADER.format(keys=keys, config=config), f"install -d -m 755 {_quoted(keys)} {_quoted(config.parent)}\n"]
    parts += [_one(box, user, keys / f"{box.partner}.keys") for box in mailboxes]
    parts += [_file(config, sshd_config(mailboxes, keys)), f"sshd -t -f {_quoted(etc / 'sshd_config')}"]
    return "\n".join([*parts, 'echo "sshd takes it; to put it into force: systemctl reload ssh"\n'])


def sshd_config(mailboxes: Iterable[Box], keys: Path) -> str:
    """What sshd is told: each partner sees its own mailbox alone, and may transfer files and nothing else."""
    texts = [
        _MATCH.format(partner=box.partner, home=str(box.home).replace("%", "%%"), keys=keys / f"{box.partner}.keys")
        for box in mailboxes
    ]
    return "\n".join([*texts, "Match all\n"])


def obstacles(mailboxes: Iterable[Box]) -> list[str]:
    """The folders because of which sshd would let nobody in: it wants each, up to ``/``, to be root's alone."""
    folders = {folder for box in mailboxes for folder in (box.home, *box.home.parents)}
    return [
        f"{folder} must belong to root and be writable for nobody else"
        for folder in sorted(folders)
        if folder.exists() and ((status := folder.stat()).st_uid != 0 or status.st_mode & 0o022)
    ]


def _one(box: Box, user: str, keys: Path) -> str:
    """Account, folders and keys of one partner."""
    partner = box.partner
    lines = [
        f"# {partner}",
        f"id -u {partner} >/dev/null 2>&1 || {{",
        f"    useradd --system --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin {partner}",
        f"    usermod -p '*' {partner}  # no password, and yet not locked",
        "}",
        f"install -d -o root -g root -m 755 {_quoted(box.home.parent)} {_quoted(box.home)}",
        f"install -d -o {shlex.quote(user)} -g {partner} -m 2770 "
        f"{_quoted(box.home / 'outgoing')} {_quoted(box.home / 'collected')}",
    ]
    if not box.keys:
        lines.append(f'# no keys: write keys = ["ssh-ed25519 AAAA…"] into {partner}\'s deliver table')
    return "\n".join([*lines, _file(keys, "".join(f"restrict {key}\n" for key in box.keys))])


def _file(path: Path, text: str) -> str:
    return f"cat >{_quoted(path)} <<'END'\n{text}END\nchmod 644 {_quoted(path)}\n"


def _quoted(path: Path) -> str:
    return shlex.quote(os.fspath(path))
