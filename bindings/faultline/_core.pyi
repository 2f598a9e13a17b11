"""_core.pyi: the types of the compiled module; bindings/core.cpp says what its functions do."""

from typing import Sequence

version: str
commit: str

def list_json(kind: str) -> str: ...
def machine_text(machine: str | bytes, set: Sequence[str | bytes]) -> str: ...
def checked_machine_text(text: str) -> str: ...
