"""``ecomdb generate``"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

import ecomdb
from ecomdb._ecomdb import _SETTINGS
from ecomdb.cli.common import DONE, FAILED, UsageError, is_on, say, setting, switch, url


def add_to(parser: ArgumentParser) -> None:
    setting(
        parser,
        "preset",
        choices=("demo", "small", "large"),
        default="demo",
        help="Where the values come from that are not given.",
    )
    setting(
        parser,
        "from",
        metavar="DAY",
        help="When the shop opens: a day such as 2026-01-31, a month, a year or a time.",
    )
    setting(
        parser,
        "until",
        metavar="DAY",
        help="When the period of the shop ends: a day, month, year or time. Today, unless given.",
    )
    groups: dict[str, Any] = {"": parser}
    for name, kind, metavar, about, heading in _SETTINGS:
        if heading not in groups:
            groups[heading] = parser.add_argument_group(heading)
        # argparse formats help with %.
        setting(
            groups[heading],
            name,
            metavar=metavar,
            type=_READERS[kind],
            help=about.replace("%", "%%"),
        )
    switch(
        parser,
        "report",
        help="Measure the orders against what was asked for, print it, and exit 1 if anything is out of "
        "tolerance.",
    )
    setting(
        parser,
        "csv",
        metavar="DIR",
        help="Write a CSV file for each table into this folder instead of filling a database.",
    )
    parser.add_argument("--overwrite", action="store_true", help="With --csv: replace files that exist.")
    parser.set_defaults(run=_run_generate)


def _hours(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


_READERS = {"int": int, "float": float, "Sequence[float]": _hours}


def _run_generate(options: Namespace) -> int:
    wants_report = is_on(options, "report")
    scenario = {name: getattr(options, name) for name, *_ in _SETTINGS}
    scenario.update(from_=getattr(options, "from"), until=options.until)
    if options.overwrite and options.csv is None:
        raise UsageError("--overwrite is for --csv")
    if options.csv is not None:
        made = ecomdb.generate_csv(
            options.csv, options.preset, overwrite=options.overwrite, progress=True, **scenario
        )
    else:
        with ecomdb.connect(url(options)) as db:
            made_here = db.generate(options.preset, progress=True, **scenario)
        assert made_here is not None, "only a shop that must be empty can be left alone"
        made = made_here
    say(f"generated {made.users} users, {made.products} products and {made.orders} orders")
    return _tell_realism(ecomdb.realism(options.preset, **scenario)) if wants_report else DONE


def _tell_realism(report: ecomdb.RealismReport) -> int:
    for it in report.measures:
        measured = "too few orders to measure" if it.measured is None else f"measured {it.measured:.4f}"
        verdict = "ok" if it.is_ok else "NOT OK"
        say(f"{it.name}: asked {it.asked:.4f}, {measured} (within {it.tolerance:.4f}): {verdict}")
    return DONE if report.is_ok else FAILED
