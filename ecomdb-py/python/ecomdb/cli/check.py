"""``python -m ecomdb check``"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ecomdb
from ecomdb.cli.common import DONE, FAILED, open_existing, say


def add_to(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run_check)


def _run_check(options: Namespace) -> int:
    with open_existing(options) as db:
        report = db.check(progress=_tell)
    broken = sum(1 for check in report.checks if check.findings)
    rules = len(report.checks)
    say(f"{broken} of {rules} rules are broken" if broken else f"all {rules} rules hold")
    return FAILED if broken else DONE


def _tell(check: ecomdb.CheckResult) -> None:
    say(f"{'BROKEN' if check.findings else 'ok    '} {check.rule} ({check.compared} rows)")
    for finding in check.findings:
        say(f"         {finding.message}")
