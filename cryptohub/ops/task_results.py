"""Stored arguments and results of tasks, read as plain data.

django-q2 pickles them into its table of tasks, unsigned: whoever can write a row could run code in the process that
reads it. Tasks here take and return texts, numbers, lists and dictionaries, which need no class.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, NoReturn

import picklefield.fields


class _PlainData(pickle.Unpickler):
    """An unpickler that knows no class and no function."""

    def find_class(self, module: str, name: str) -> NoReturn:
        """Refuse every global. Raises UnpicklingError."""
        raise pickle.UnpicklingError(f"a stored task names {module}.{name}")


def loads(data: bytes) -> Any:
    """Return plain data. Raises UnpicklingError for anything else."""
    return _PlainData(io.BytesIO(data)).load()


def install() -> None:
    """Read the fields of django-q2's table with ``loads``; django-picklefield offers no setting for it."""
    picklefield.fields.loads = loads
