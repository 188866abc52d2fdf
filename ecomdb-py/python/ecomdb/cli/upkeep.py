"""``ecomdb migrate``, ``reset`` and ``rebuild``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

import ecomdb
from ecomdb.cli.common import DONE, FailedError, UsageError, confirm, open_existing, say, url


def add_migrate_to(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run_migrate)


def add_reset_to(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--yes",
        action="store_true",
        help="Do it without asking. No variable stands in for it: one that is set for another command must "
        "not delete a shop.",
    )
    parser.set_defaults(run=_run_reset)


def add_rebuild_to(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run_rebuild)


def add_expire_to(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run_expire)


def _run_migrate(options: Namespace) -> int:
    with ecomdb.connect(url(options)) as db:
        if db.stale_views:
            views = ", ".join(db.stale_views)
            raise FailedError(
                f"the views {views} have an older definition and were not recreated: {db.stale_views_reason}"
            )
        for migration in db.applied_migrations:
            say(f"applied {migration}")
        if db.renewed_views:
            say(f"made the views {', '.join(db.renewed_views)}")
        newest = f"the {db.engine} database has the newest schema"
        say(newest if db.applied_migrations or db.renewed_views else f"nothing to do: {newest}")
    return DONE


def _run_reset(options: Namespace) -> int:
    if not options.yes and not sys.stdin.isatty():
        raise UsageError(
            "reset deletes every row of the shop: say --yes on the command line if that is meant"
        )
    with open_existing(options, to_read=False) as db:
        if not options.yes:
            confirm("This deletes every row of the shop. Type yes to go on:", otherwise="nothing was deleted")
        db.reset()
    say("the shop is empty")
    return DONE


def _run_rebuild(options: Namespace) -> int:
    with open_existing(options, to_read=False) as db:
        db.rebuild()
        (total,) = db.analytics.total_revenue()
    say(
        f"rollups and search terms rebuilt: {total.orders} completed orders, {total.total_revenue} of revenue"
    )
    return DONE


def _run_expire(options: Namespace) -> int:
    at_once, expired = 100, 0
    with open_existing(options, to_read=False) as db:
        while some := db.orders.expire(at_once):
            expired += some
    say(f"{expired} {'order' if expired == 1 else 'orders'} expired")
    return DONE
