"""On which kind of drive a folder lies."""

from __future__ import annotations

from pathlib import Path

#: Drives on which other machines write, too: their clocks and their locks are not ours.
NETWORK_DRIVES = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ncpfs"}

#: Drives on which this kernel sees every writer.
LOCAL_DRIVES = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "tmpfs", "overlay"}


def kind_of_drive(folder: Path) -> str:
    """The type of the file system that a folder lies on, as ``/proc/mounts`` calls it; empty where nobody knows."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return ""
    resolved, best = folder.resolve(), ("", "")
    for line in mounts.read_text("utf-8").splitlines():
        _, point, kind, *_ = line.split(" ")
        if resolved.is_relative_to(point.replace("\\040", " ")) and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]
