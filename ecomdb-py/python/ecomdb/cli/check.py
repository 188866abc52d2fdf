"""``ecomdb check``"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ecomdb
from ecomdb import tables
from ecomdb.cli.common import DONE, FAILED, open_existing, say


def add_to(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run_check)


def _run_check(options: Namespace) -> int:
    with open_existing(options) as db:
        report = db.check(progress=_tell)
    say(tables.verdict(report))
    return DONE if report.is_clean else FAILED


def _tell(check: ecomdb.CheckResult) -> None:
    say(f"{'BROKEN' if check.findings else 'ok    '} {check.rule} ({check.compared} rows)")
    for finding in check.findings:
        say(f"         {finding.message}")
