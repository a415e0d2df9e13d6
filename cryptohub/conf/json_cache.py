"""Cache entries as JSON. Django pickles them, so that whoever can write one could run code in every process."""

from __future__ import annotations

import json
from types import FunctionType
from typing import Any

from django.core.cache.backends.db import DatabaseCache


class JSONSerializer:
    """Serializer for Django's Redis cache. Whole numbers stay numbers, for Redis to count."""

    def dumps(self, obj: Any) -> bytes | int:
        """Return what is stored. Raises TypeError for what JSON does not have."""
        return obj if type(obj) is int else json.dumps(obj).encode()

    def loads(self, data: bytes) -> Any:
        """Return what was stored; None for an entry of an earlier release."""
        return _loads(data)


class _Pickle:
    """The two functions of ``pickle`` that Django's database cache calls, with JSON inside."""

    @staticmethod
    def dumps(value: Any, _protocol: int | None = None) -> bytes:
        return json.dumps(value).encode()

    @staticmethod
    def loads(data: bytes) -> Any:
        return _loads(data)


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _with_json(method: Any) -> Any:
    """Return one of the cache's methods, with JSON where it says ``pickle``; the module offers no other way."""
    names = {**method.__globals__, "pickle": _Pickle}
    return FunctionType(method.__code__, names, method.__name__, method.__defaults__, method.__closure__)


class JSONDatabaseCache(DatabaseCache):
    """Django's database cache with entries as JSON."""

    get_many = _with_json(DatabaseCache.get_many)
    _base_set = _with_json(DatabaseCache._base_set)  # type: ignore[attr-defined]  # not in the stubs
