"""Secret files are created once, readable by their owner alone, and the same for all processes."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from cryptohub.conf import secret_files

ROOT = Path(__file__).parents[3]
RACE = """
import sys, pathlib
from cryptohub.conf import secret_files
sys.stdin.read(1)
print(secret_files.secret_key(pathlib.Path(sys.argv[1])))
"""


def test_eight_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(tmp_path / "var")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    keys = [racer.communicate("g")[0] for racer in racers]
    assert len(set(keys)) == 1
    assert len(keys[0].strip()) >= 64
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    secret_files.field_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "field_key").stat().st_mode) == 0o600


def test_a_key_stays_the_same_across_starts(tmp_path: Path) -> None:
    assert secret_files.secret_key(tmp_path) == secret_files.secret_key(tmp_path)


def test_the_field_key_encrypts(tmp_path: Path) -> None:
    fernet = Fernet(secret_files.field_key(tmp_path))
    assert fernet.decrypt(fernet.encrypt(b"key")) == b"key"


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match=r"CryptoHub cannot start: .*secret_key cannot be used"):
        secret_files.secret_key(tmp_path / "file" / "var")


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(SystemExit, match="is empty"):
        secret_files.secret_key(tmp_path)
