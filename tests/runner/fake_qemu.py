#!/usr/bin/python3
"""Stands in for qemu-system-x86_64: reads the job and sends frames as a guest would.

FAKE_QEMU says how the machine behaves. What an operation costs, in ns, stands in the kernel's
release: 6.1.0-cost1000. A kernel named 6.1.0-panic panics.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time

INITRAMFS, CONSOLE, FRAMES = 3, 4, 5


def job() -> dict:
    with open(f"/dev/fd/{INITRAMFS}", "rb") as file:
        archive = file.read()
    at = archive.rindex(b"job.json\0")
    size = int(archive[at - 110 + 6 + 6 * 8:at - 110 + 6 + 7 * 8], 16)
    begin = at - 110 + (110 + 9 + 3) // 4 * 4
    return json.loads(archive[begin:begin + size])


def frame(number: int, kind: str, payload: object) -> bytes:
    body = json.dumps(payload)
    head = f"{number} {kind} {len(body)}"
    total = hashlib.sha256(f"{head}\n{body}".encode()).hexdigest()
    return f"faultline-frame {head} {total}\n{body}\n".encode()


def release() -> str:
    with open(sys.argv[sys.argv.index("-kernel") + 1], "rb") as file:
        return file.read()[0x600:].split(b" ")[0].decode()


def record(args: list[str], cost: float) -> str:
    ops = int(next(arg.split("=")[1] for arg in args if arg.startswith("--ops=")))
    threads = int(next(arg.split("=")[1] for arg in args if arg.startswith("--threads=")))
    trial = {"warmup": False, "s": cost * ops * threads * 1e-9, "ops": ops * threads,
             "thread_ops": [ops] * threads, "cpu_s": None, "overlap": 1, "counters": {},
             "secondary": {}, "checks": None, "vmas": None, "lock_offset": None}
    return json.dumps({"trials": [{**trial, "warmup": True}, trial, trial], "cpus_seen": None,
                       "canary_ns": None, "failure": None})


def panic() -> None:
    os.write(CONSOLE, b"[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n")
    sys.exit(0)


def main() -> None:
    behaviour = os.environ.get("FAKE_QEMU", "good")
    if "--version" in sys.argv:
        print("QEMU emulator version 0.0 (fake)")
        return
    if os.environ.get("FAKE_QEMU_PIDS"):
        with open(os.environ["FAKE_QEMU_PIDS"], "a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
    if behaviour == "refuse":
        print("qemu-system-x86_64: cannot set up guest memory 'pc.ram'", file=sys.stderr)
        sys.exit(1)
    os.write(CONSOLE, b"[    0.0] Linux version 6\r\n")
    if behaviour == "silent":
        time.sleep(1000)
    if behaviour == "panic" or release().endswith("panic"):
        panic()
    cost = float(re.search(r"cost([\d.]+)", release())[1])
    kernel = {"release": release(), "version": "#1 SMP", "cmdline": "rdinit=/init",
              "config_sha256": None, "config": {}, "mitigations": {}, "taint": 0,
              "clocksource": "tsc", "libc": "glibc 2.36"}
    sent = [frame(0, "hello", {"port": "virtio-serial", "boot_s": 0.5, "quiet_s": 0.5, "cpus": 1,
                               "kernel": kernel})]
    runs = job()["runs"]
    for run in runs:
        sent.append(frame(len(sent), "begin", {"id": run["id"]}))
        sent.append(frame(len(sent), "record", {
            "id": run["id"], "pid": 7, "wall_s": 1.0, "exit": 0, "killed": False, "nvcsw": 1,
            "nivcsw": 0, "record": record(run["args"], cost), "errors": ""}))
        if behaviour in ("hang", "late panic"):
            break
    sent.append(frame(len(sent), "end", {"runs": len(runs)}))
    stream = b"".join(sent)
    if behaviour == "truncate":
        stream = stream[:-30]
    if behaviour == "damage":
        stream = stream.replace(b'"pid"', b'"dip"', 1)
    if behaviour in ("hang", "late panic"):
        stream = b"".join(sent[:-1])
    os.write(FRAMES, stream)
    if behaviour == "hang":
        time.sleep(1000)
    if behaviour == "late panic":
        panic()


main()
