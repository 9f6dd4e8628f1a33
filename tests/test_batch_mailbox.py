"""A partner that collects: a real login, in a real chroot, to a mailbox that the printed script has made."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shop import MERCHANT, Shop
from sshd import Sshd, make_key, running_sshd

from batch.mailboxes import boxes, obstacles, setup_script

PARTNER = "games"  # an account that every Debian has and nobody uses


@dataclass
class Mail:
    """A shop whose web shop collects, the mailbox, and the partner's way to it."""

    shop: Shop
    home: Path
    server: Sshd
    key: Path

    def sftp(self, *commands: str) -> str:
        """What the partner sees when it gives these commands; the first that fails ends it."""
        done = self.ssh_program("sftp", "-b", "-", f"{PARTNER}@{self.server.host}", input_="\n".join(commands))
        return done.stdout + done.stderr

    def ssh_program(self, program: str, *arguments: str, input_: str = "") -> subprocess.CompletedProcess[str]:
        port = ["-p" if program == "ssh" else "-P", str(self.server.port)]
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR"]
        given = [text for option in options for text in ("-o", option)]
        command = [program, *port, "-i", str(self.key), *given, *arguments]
        return subprocess.run(command, input=input_, capture_output=True, text=True, check=False, timeout=60)

    def waiting(self) -> list[str]:
        return sorted(path.name for path in (self.home / "outgoing").iterdir())

    def run(self) -> str:
        """Sends the newest stock; returns the name of the file."""
        name = self.shop.web(full=True).file_name
        assert name
        return name

    def notice(self) -> list[tuple[str, str]]:
        with self.shop.open() as opened:
            night = self.shop.night(opened)
            return [(one.file_name, one.what) for one in night.collections([("acme", "web")])]

    def history(self) -> list[tuple[str, str | None]]:
        rows = json.loads(self.shop.cli("history", "--json").stdout)
        return [(row["delivery"], row["collected_at"]) for row in rows]

    def status(self) -> tuple[list[str], str]:
        [row] = json.loads(self.shop.cli("status", "--json").stdout)["order_sources"]
        return row["uncollected"], row["message"]


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """A folder that is root's, as those above it are; those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="tallyfeed-", dir="/run"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def mail(ground: Path, tmp_path: Path) -> Iterator[Mail]:
    root, etc = ground / tmp_path.name / "mail", ground / tmp_path.name / "etc"
    etc.mkdir(parents=True)
    key = tmp_path / "partner_key"
    make_key(key)
    public = key.with_suffix(".pub").read_text().strip()
    to = f'{{ type = "mailbox", partner = "{PARTNER}", root = "{root}", keys = ["{public}"] }}'
    shop = Shop(tmp_path / "shop", now=datetime.now(UTC))
    shop.configure(MERCHANT.replace('{ type = "folder", path = "web" }', to))
    shop.drop()
    (tmp_path / "sshd").mkdir()
    with running_sshd(tmp_path / "sshd", folder=tmp_path / "other") as server:
        keys = f"HostKey {tmp_path}/sshd/host_key_ed25519\n"
        (etc / "sshd_config").write_text(f"Include {etc}/sshd_config.d/*.conf\n{keys}")
        with shop.open() as opened:
            script = setup_script(boxes(opened.workspace), "root", etc)
        path = f"/usr/sbin:{os.environ['PATH']}"
        subprocess.run(["sh"], input=script, text=True, check=True, env={**os.environ, "PATH": path})
        server.include(etc / "sshd_config.d" / "tallyfeed-mailbox.conf")
        yield Mail(shop, root / PARTNER, server, key)


def test_a_partner_logs_in_sees_its_files_and_takes_them(mail: Mail) -> None:
    name = mail.run()
    sent = (mail.home / "outgoing" / name).read_bytes()
    assert mail.waiting() == [name]
    assert mail.notice() == []
    local = mail.shop.root / "got.csv"
    seen = mail.sftp("pwd", "ls", f"get {name} {local}", f"rm {name}")
    assert "Remote working directory: /outgoing" in seen
    assert name in seen
    assert local.read_bytes() == sent
    assert mail.waiting() == []
    assert mail.notice() == [(name, "was collected")]
    assert mail.notice() == []


def test_what_a_partner_moves_to_collected_counts_and_is_cleared_away_later(mail: Mail) -> None:
    name = mail.run()
    mail.sftp(f"rename {name} /collected/{name}", "put /etc/hostname /collected/theirs")
    assert mail.notice() == [(name, "was collected")]
    mail.shop.later(days=29)
    assert mail.notice() == []
    assert {path.name for path in (mail.home / "collected").iterdir()} == {name, "theirs"}
    mail.shop.later(days=1)
    assert mail.notice() == []
    assert {path.name for path in (mail.home / "collected").iterdir()} == {"theirs"}


def test_when_it_was_collected_is_shown(mail: Mail) -> None:
    name = mail.run()
    assert mail.history() == [("delivered", None)]
    assert mail.status() == ([name], "")
    mail.sftp(f"rm {name}")
    noticed = mail.shop.now.isoformat()
    mail.notice()
    assert mail.history() == [("collected", noticed)]
    assert mail.status() == ([], "")


def test_the_commands_notice_and_say_so(mail: Mail) -> None:
    name = mail.run()
    mail.sftp(f"rm {name}")
    assert mail.shop.cli("deliver").stdout == f"acme/web: {name} was collected\nnothing is waiting to be delivered\n"


def test_a_file_that_nobody_collects_is_reported(mail: Mail) -> None:
    name = mail.run()
    sent = mail.shop.now
    mail.shop.later(days=3, seconds=-1)
    assert mail.notice() == []
    mail.shop.later(seconds=1)
    assert mail.notice() == [(name, f"waits to be collected since {sent:%Y-%m-%d %H:%M}")]


def test_a_collected_file_is_offered_again_by_resend(mail: Mail) -> None:
    name = mail.run()
    before = (mail.home / "outgoing" / name).read_bytes()
    mail.sftp(f"rm {name}")
    mail.notice()
    [row] = json.loads(mail.shop.cli("history", "--json").stdout)
    assert mail.shop.cli("resend", str(row["run"])).returncode == 0
    assert mail.waiting() == [name]
    assert (mail.home / "outgoing" / name).read_bytes() == before
    assert mail.status()[0] == [name]
    mail.sftp(f"rm {name}")
    assert mail.notice() == [(name, "was collected")]


def test_a_partner_can_collect_and_nothing_else(mail: Mail) -> None:
    name = mail.run()
    assert "Permission denied" in mail.sftp("put /etc/hostname /stolen")
    assert "Permission denied" in mail.sftp(f"put /etc/hostname /outgoing/{name}")
    assert "not found" in mail.sftp("ls /etc")
    shell = mail.ssh_program("ssh", f"{PARTNER}@{mail.server.host}", "id")
    assert "uid=" not in shell.stdout
    forwarded = mail.ssh_program("ssh", "-W", f"127.0.0.1:{mail.server.port}", f"{PARTNER}@{mail.server.host}")
    assert "SSH-2.0" not in forwarded.stdout
    assert stat.S_IMODE((mail.home / "outgoing" / name).stat().st_mode) == 0o640


def test_another_key_is_not_let_in(mail: Mail, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    stranger = Mail(mail.shop, mail.home, mail.server, tmp_path / "stranger")
    assert "Permission denied (publickey)" in stranger.sftp("ls")


# What is printed


def collecting(shop: Shop, to: str) -> None:
    shop.replace('{ type = "folder", path = "web" }', f'{{ type = "mailbox", {to} }}')


def test_the_printed_script_changes_nothing_and_names_what_sshd_will_not_accept(shop: Shop) -> None:
    collecting(shop, f'partner = "acme", root = "{shop.root}/mail", keys = ["ssh-ed25519 AAAA ops@acme"]')
    printed = shop.cli("mailbox", "--user", "tallyfeed")
    assert printed.returncode == 0
    assert "note: /tmp must belong to root and be writable for nobody else\n" in printed.stderr
    assert not (shop.root / "mail").exists()
    assert (
        f"""\
# acme
id -u acme >/dev/null 2>&1 || {{
    useradd --system --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin acme
    usermod -p '*' acme  # no password, and yet not locked
}}
install -d -o root -g root -m 755 {shop.root}/mail {shop.root}/mail/acme
install -d -o tallyfeed -g acme -m 2770 {shop.root}/mail/acme/outgoing {shop.root}/mail/acme/collected
cat >/etc/ssh/tallyfeed/acme.keys <<'END'
restrict ssh-ed25519 AAAA ops@acme
END
chmod 644 /etc/ssh/tallyfeed/acme.keys
"""
        in printed.stdout
    )
    assert (
        f"""\
Match User acme
    ChrootDirectory "{shop.root}/mail/acme"
    ForceCommand internal-sftp -d /outgoing -u 0007
    AuthenticationMethods publickey
    AuthorizedKeysFile "/etc/ssh/tallyfeed/acme.keys"
    DisableForwarding yes
    PermitTTY no
    PermitUserRC no

Match all
"""
        in printed.stdout
    )
    assert subprocess.run(["sh", "-n"], input=printed.stdout, text=True, check=False).returncode == 0


def test_two_order_sources_of_one_partner_share_its_mailbox_and_keys(shop: Shop) -> None:
    collecting(shop, 'partner = "acme", keys = ["ssh-ed25519 AAAA one"]')
    shop.add(
        '[order_sources.shop]\nprofile = "csv"\n'
        'deliver = { type = "mailbox", partner = "acme", keys = ["ssh-ed25519 BBBB two", "ssh-ed25519 AAAA one"] }\n'
    )
    with shop.open() as opened:
        [box] = boxes(opened.workspace)
    assert box.home == shop.root / "mailbox" / "acme"
    assert box.keys == ("ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two")


def test_two_mailboxes_of_one_partner_are_refused(shop: Shop) -> None:
    collecting(shop, 'partner = "acme"')
    shop.add('[order_sources.shop]\nprofile = "csv"\ndeliver = { type = "mailbox", partner = "acme", root = "b" }\n')
    printed = shop.cli("mailbox")
    assert printed.stderr == f"tallyfeed: acme has two mailboxes: {shop.root}/mailbox/acme and {shop.root}/b/acme\n"


def test_without_a_mailbox_there_is_nothing_to_print(shop: Shop) -> None:
    printed = shop.cli("mailbox")
    assert printed.stderr == (
        'tallyfeed: no order source delivers to a mailbox; write deliver = { type = "mailbox", partner = "…" }\n'
    )


@pytest.mark.parametrize(
    "to",
    ['partner = "../x"', 'partner = "root"', 'partner = "a b"', 'partner = "a", keys = ["command=\\"x\\" ssh-rsa A"]'],
)
def test_names_and_keys_cannot_smuggle_anything_into_the_script(shop: Shop, to: str) -> None:
    collecting(shop, to)
    assert shop.cli("mailbox").returncode != 0


def test_a_missing_mailbox_is_said(shop: Shop) -> None:
    collecting(shop, 'partner = "acme"')
    shop.drop()
    report = shop.web()
    folder = shop.root / "mailbox" / "acme" / "outgoing"
    assert report.message == f"open: {folder} is not a folder; `tallyfeed mailbox` prints how to make it"


def test_folders_of_root_alone_are_no_obstacle(ground: Path, shop: Shop) -> None:
    collecting(shop, f'partner = "acme", root = "{ground}"')
    with shop.open() as opened:
        assert obstacles(boxes(opened.workspace)) == []
