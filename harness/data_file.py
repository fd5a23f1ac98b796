"""Reading the lab's data files: TOML or JSON, held against a JSON Schema of `harness/schemas/`."""

from __future__ import annotations

import json
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


def read_toml(path: Path, schema: str) -> dict[str, Any]:
    """Read and check one TOML file; UsageError where it cannot be."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from None
    check(data, schema, path)
    return data


def read_json(path: Path, schema: str) -> dict[str, Any]:
    """Read and check one JSON file; UsageError where it cannot be."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path}: not a JSON file: {error}") from None
    check(data, schema, path)
    assert isinstance(data, dict)
    return data
