from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from transports.errors import SecretMissing
from transports.secrets import Secret

CANARY = "canary-51c0ffee"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.touch(mode=0o600)
    return path


def complaint(secret: Secret) -> str:
    with pytest.raises(SecretMissing) as missing:
        secret.reveal()
    return str(missing.value)


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFTP_PASSWORD", CANARY)
    assert Secret(env="SFTP_PASSWORD").reveal() == CANARY


@pytest.mark.parametrize("written", [CANARY, CANARY + "\n", CANARY + "\r\n"])
def test_a_secret_comes_from_a_file_without_its_line_break(file: Path, written: str) -> None:
    file.write_text(written)
    assert Secret(file=file).reveal() == CANARY


def test_spaces_belong_to_the_secret(file: Path) -> None:
    file.write_text(f" {CANARY} \n")
    assert Secret(file=file).reveal() == f" {CANARY} "


@pytest.mark.parametrize("value", [None, ""])
def test_an_unset_variable_is_named(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("SFTP_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("SFTP_PASSWORD", value)
    assert complaint(Secret(env="SFTP_PASSWORD")) == (
        "read the secret: the environment variable SFTP_PASSWORD is not set; set it to the secret"
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_open_is_refused(file: Path, mode: int) -> None:
    file.write_text(CANARY)
    file.chmod(mode)
    assert complaint(Secret(file=file)) == f"read the secret: {file} is open to other users; run: chmod 600 {file}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone"
    assert complaint(Secret(file=path)) == f"read the secret: {path} cannot be read: No such file or directory"


def test_an_empty_file_is_named(file: Path) -> None:
    assert complaint(Secret(file=file)) == f"read the secret: {file} is empty; write the secret into it"


def test_a_file_that_is_not_text_is_named(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    assert complaint(Secret(file=file)) == f"read the secret: {file} is not a text file"


def test_only_the_reference_is_ever_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(CANARY)
    monkeypatch.setenv("SFTP_PASSWORD", CANARY)
    for secret in (Secret(file=file), Secret(env="SFTP_PASSWORD")):
        secret.reveal()
        assert CANARY not in f"{secret} {secret!r} {secret.model_dump_json()}"


def test_a_secret_written_into_the_settings_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(dict[str, Secret]).validate_python({"password": CANARY})
    (error,) = refused.value.errors()
    assert error["msg"] == 'Value error, a secret is written { env = "NAME" } or { file = "path" }'
    assert CANARY not in f"{refused.value} {error}"
