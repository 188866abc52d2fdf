"""``ecomdb shop``: name, currency and time zone of the shop."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ecomdb
from ecomdb.cli.common import DONE, open_existing, say

_SETTINGS = ("name", "currency", "time_zone")


def add_to(parser: ArgumentParser) -> None:
    parser.add_argument("--name", help="The new name.")
    parser.add_argument(
        "--currency",
        metavar="CODE",
        help="The new currency: the ISO 4217 code of one with 2 decimals, such as EUR. "
        "Amounts are not converted.",
    )
    parser.add_argument(
        "--time-zone",
        metavar="ZONE",
        help="The new time zone of the shop, by its IANA name, such as Europe/Berlin.",
    )
    parser.set_defaults(run=_run_shop)


def _run_shop(options: Namespace) -> int:
    given = {name: value for name in _SETTINGS if (value := getattr(options, name)) is not None}
    with open_existing(options, to_read=not given) as db:
        shop = db.shop.update(**given) if given else db.shop.get()
    _tell(shop)
    return DONE


def _tell(shop: ecomdb.Shop) -> None:
    for name in _SETTINGS:
        say(f"{name.replace('_', ' '):<9}  {getattr(shop, name)}")
