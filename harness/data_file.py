"""Reading the lab's data files: TOML or JSON, held against a JSON Schema of `harness/schemas/`."""

from __future__ import annotations

import json
import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from harness.errors import UsageError
from harness.paths import SCHEMAS


@cache
def _validator(schema: str) -> Any:
    text = (SCHEMAS / f"{schema}.schema.json").read_text("utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def check(data: object, schema: str, path: Path) -> None:
    """Raise a UsageError naming the file, the place and the fault unless `data` fits the schema."""
    error = jsonschema.exceptions.best_match(_validator(schema).iter_errors(data))
    if error is not None:
        place = ".".join(str(step) for step in error.absolute_path) or "top level"
        raise UsageError(f"{path}: at {place}: {error.message}")


def _finite(text: str) -> float:
    """JSON Schema has no word against a `nan` or `inf`, and no figure of the lab's can be one."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def read_toml(path: Path, schema: str) -> dict[str, Any]:
    """Read and check one TOML file; UsageError where it cannot be."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"), parse_float=_finite)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from None
    check(data, schema, path)
    return data


def read_json(path: Path, schema: str, *, version: int | None = None) -> dict[str, Any]:
    """Read and check one JSON file; UsageError where it cannot be, or is not of that version of its schema."""
    try:
        data = json.loads(path.read_bytes(), parse_float=_finite, parse_constant=_finite)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a JSON file: {error}") from None
    if version and isinstance(data, dict) and data.get("schema", version) != version:
        raise UsageError(
            f"{path}: of schema {data['schema']!r}, by another version of the lab; this one reads {version}"
        )
    check(data, schema, path)
    assert isinstance(data, dict)
    return data
