"""One credential for one login: a password, or a private key."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey, Transport

from transports.errors import LoginRefused
from transports.sftp import Sftp

#: Logs in over a transport; returns the kinds of credential that the server wants besides, as a rule none.
Credential = Callable[[Transport], list[str]]

_Key = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey


def credential(to: Sftp) -> Credential:
    """The one credential of the settings, read now.

    Raises:
        SecretMissing: the secret is not where the settings say.
        LoginRefused: the private key or its passphrase is unusable.
    """
    if to.password:
        password = to.password.reveal()
        return lambda transport: transport.auth_password(to.username, password)
    assert to.key  # noqa: S101  the settings have one or the other
    key = _private_key(to.key.reveal(), to.passphrase.reveal() if to.passphrase else None)
    return lambda transport: transport.auth_publickey(to.username, key)


def key_file(to: Sftp, folder: Path) -> Path:
    """The private key as a file for the ``ssh`` program: the one of the settings, or one made for this call.

    Raises:
        SecretMissing: the secret is not where the settings say.
        LoginRefused: the private key or its passphrase is unusable.
    """
    assert to.key  # noqa: S101  the settings see to it
    text = to.key.reveal()
    loaded = _loaded(text, to.passphrase.reveal() if to.passphrase else None)
    if to.key.file and not to.passphrase:  # no copy that a killed process could leave behind
        return to.key.file.resolve()
    file = folder / "key"
    file.touch(mode=0o600)
    file.write_text(_openssh(loaded))
    return file


def _private_key(text: str, passphrase: str | None) -> PKey:
    loaded = _loaded(text, passphrase)
    if isinstance(loaded, RSAPrivateKey):
        return RSAKey(key=loaded)
    if isinstance(loaded, EllipticCurvePrivateKey):
        return ECDSAKey(vals=(loaded, loaded.public_key()))
    return Ed25519Key.from_private_key(io.StringIO(_openssh(loaded)))


def _loaded(text: str, passphrase: str | None) -> _Key:
    # Not paramiko's own readers: they know no PKCS#8, and lose some ECDSA keys whose comment is empty.
    load = serialization.load_ssh_private_key if "BEGIN OPENSSH" in text else serialization.load_pem_private_key
    try:
        loaded = load(text.encode(), passphrase.encode() if passphrase else None)
    except TypeError:  # there is a passphrase and should be none, or the other way round
        reason = "it has no passphrase; remove passphrase" if passphrase else "it is encrypted; set passphrase"
        raise LoginRefused("read the private key", reason) from None
    except (ValueError, UnsupportedAlgorithm):
        reason = "the passphrase is wrong, or this" if passphrase else "this"
        raise LoginRefused("read the private key", f"{reason} is not a private key in OpenSSH or PEM form") from None
    if isinstance(loaded, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
        return loaded
    raise LoginRefused("read the private key", "it is of a kind that SSH does not use; make an Ed25519 key")


def _openssh(key: _Key) -> str:
    form = serialization.PrivateFormat.OpenSSH
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
