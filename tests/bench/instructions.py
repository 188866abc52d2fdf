#!/usr/bin/env python3
"""Count the instructions of single operations on SQLite, with callgrind. Not part of the tests.

Unlike a time, the count is nearly the same in each run, also on a busy machine. So a change can be compared.

python tests/bench/instructions.py [OPERATION ...]
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMES = 20
BUILD = ("cargo", "bench", "-p", "ecomdb", "--bench", "instructions", "--no-run", "--message-format=json")


def build() -> str:
    """The path of the program."""
    said = subprocess.run(BUILD, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in said.splitlines()]
    programs = [message.get("executable") for message in messages if message["reason"] == "compiler-artifact"]
    return next(str(program) for program in reversed(programs) if program)


def instructions(program: str, operation: str, times: int) -> int:
    """The instructions of the whole program, which also warms up before it runs the operation."""
    callgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    command = (*callgrind, program, operation, str(times))
    said = subprocess.run(command, check=True, stderr=subprocess.PIPE, text=True).stderr
    found = re.search(r"Collected : (\d+)", said)
    if not found:
        raise SystemExit(f"callgrind told no count:\n{said}")
    return int(found[1])


def main(wanted: list[str]) -> int:
    if not shutil.which("valgrind"):
        print("valgrind is missing: install it (Debian: apt-get install valgrind)", file=sys.stderr)
        return 1
    program = build()
    known = subprocess.run((program,), check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    if unknown := set(wanted) - set(known):
        names = (", ".join(sorted(unknown)), ", ".join(known))
        print("no such operation: {}; there are {}".format(*names), file=sys.stderr)
        return 2
    for operation in wanted or known:
        few, many = (instructions(program, operation, times) for times in (0, TIMES))
        print(f"{operation:<24} {(many - few) // TIMES:>12,} instructions", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
