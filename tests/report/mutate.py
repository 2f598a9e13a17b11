"""mutate.py: damaged copies of a result file, a different one for each seed."""

from __future__ import annotations

import copy
import gzip
import json
import random
from typing import Any, Callable

Mutation = Callable[[random.Random, Any], Any]

numbers: list[Any] = [
    0, -1, 1, 2, 2**31, 2**53 - 1, 2**53, 2**63, 2**64, 10**30, -(10**30), 10**400, 0.5, -0.0,
    1e-320, 5e-324, 1e-9, 1e15, 1e18, 1e22, 1e300, 1.7976931348623157e308, float("inf"),
    float("-inf"), float("nan"), True,
]
texts: list[Any] = [
    "", " ", "\n", "\x00", "\x1b[2J", "\u2028", "\ud800", "\U0001f600", "<script>", "../..", "/",
    "NaN", "=1", "%s", "{0}", "a" * 3000, "\t" * 50, "host", "sim", "check", "kernel", "verified",
    "1.0", "2.0", "1.99", "9" * 40, "none", "-", "sha256:0", "null", "|", "`",
]
others: list[Any] = [None, True, False, [], {}, [[]], [{}], [None], {"a": 1}, {"": []}, [1, 2], [0]]


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    if isinstance(value, (dict, list)):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            found.append((value, key))
            places(value[key], found)
    return found


def delete(rng: random.Random, value: Any) -> None:
    container, key = rng.choice(places(value, []))
    del container[key]


def swap_type(rng: random.Random, value: Any) -> None:
    container, key = rng.choice(places(value, []))
    container[key] = copy.deepcopy(rng.choice(others + texts + numbers))


def extreme(rng: random.Random, value: Any) -> None:
    """A number becomes another one; so it keeps its type, and gets further into the report."""
    found = [
        (c, k) for c, k in places(value, [])
        if isinstance(c[k], (int, float)) and not isinstance(c[k], bool)
    ]
    container, key = rng.choice(found)
    container[key] = rng.choice(numbers[:-1])


def retext(rng: random.Random, value: Any) -> None:
    found = [(c, k) for c, k in places(value, []) if isinstance(c[k], str)]
    container, key = rng.choice(found)
    container[key] = rng.choice(texts)


def duplicate(rng: random.Random, value: Any) -> None:
    """An element of an array is there twice, or a value stands in another's place as well."""
    found = places(value, [])
    lists = [(c, k) for c, k in found if isinstance(c, list)]
    if lists and rng.random() < 0.5:
        container, key = rng.choice(lists)
        container.insert(rng.randrange(len(container) + 1), copy.deepcopy(container[key]))
        return
    container, key = rng.choice(found)
    source, other = rng.choice(found)
    container[key] = copy.deepcopy(source[other])


def rename(rng: random.Random, value: Any) -> None:
    container, key = rng.choice([(c, k) for c, k in places(value, []) if isinstance(c, dict)])
    container[rng.choice([key + "_", key.upper(), *texts[:12]])] = container.pop(key)


def empty(rng: random.Random, value: Any) -> None:
    container, key = rng.choice(
        [(c, k) for c, k in places(value, []) if isinstance(c[k], (dict, list))])
    container[key] = type(container[key])()


def nest(rng: random.Random, value: Any) -> None:
    container, key = rng.choice(places(value, []))
    inner: Any = container[key]
    for _ in range(rng.choice([1, 2, 20, 60])):
        inner = [inner] if rng.random() < 0.5 else {"a": inner}
    container[key] = inner


def other_file(rng: random.Random, value: Any) -> None:
    """Sound, but of another version or bench, or without a run."""
    key, found = rng.choice([("schema_version", "2.0"), ("schema_version", "1.99"), ("runs", []),
                             ("schema_version", "0.9"), ("bench", rng.choice(texts))])
    if isinstance(value, dict):
        inner = value.get("session") if key == "bench" else value
        if isinstance(inner, dict):
            inner[key] = found


on_values: list[Mutation] = [
    delete, delete, swap_type, swap_type, extreme, extreme, extreme, retext, duplicate, rename,
    empty, nest, other_file,
]


def flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncate(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def cut_out(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 60) :]


def repeat(rng: random.Random, data: bytes) -> bytes:
    """A piece of the text twice: keys that are twice in one object, among others."""
    start = rng.randrange(len(data))
    end = start + rng.randrange(1, 200)
    return data[:end] + data[start:end] + data[end:]


def insert(rng: random.Random, data: bytes) -> bytes:
    pieces = [b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b'"', b"{", b"}", b"[", b"]", b",", b"\\u",
              b"\\ud800", b"1e999", b"9" * 5000, b"NaN", b"-", b"\xef\xbb\xbf", b"[" * 3000, b"//"]
    start = rng.randrange(len(data))
    return data[:start] + rng.choice(pieces) + data[start:]


on_bytes: list[Mutation] = [flip, flip, truncate, cut_out, repeat, insert]


def twice_key(rng: random.Random, data: bytes) -> bytes:
    """A key again, with another value, in the same object."""
    keys = [i for i in range(len(data)) if data.startswith(b'": ', i)]
    end = rng.choice(keys)
    start = data.rindex(b'"', 0, end)
    return data[:start] + data[start : end + 3] + b"0, " + data[start:]


def mutant(seed: int, text: bytes, values: bool = True) -> bytes:
    """The damaged copy number `seed` of the file `text`; values: it is JSON, which can be changed
    value by value."""
    rng = random.Random(seed)
    kind = rng.random() if values else 1.0
    if kind < 0.70:
        data = json.dumps(change_values(rng, json.loads(text))).encode()
    elif kind < 0.75:
        data = twice_key(rng, text)
    else:
        data = rng.choice(on_bytes)(rng, text)
    if rng.random() < 0.12:
        data = gzip.compress(data, 1)
        if rng.random() < 0.7:
            data = rng.choice([flip, truncate, cut_out, repeat])(rng, data)
    return data


def change_values(rng: random.Random, value: Any) -> Any:
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        try:
            rng.choice(on_values)(rng, value)
        except IndexError:
            break  # nothing of the wanted kind is left
    return value
