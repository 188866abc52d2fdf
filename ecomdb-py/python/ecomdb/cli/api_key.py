"""``ecomdb api-key``: keys that programs log in with."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import datetime, timedelta, timezone

import ecomdb
from ecomdb.cli import user
from ecomdb.cli.common import DONE, open_existing, say, subcommands

_MOST_DAYS = 65_535


def add_to(parser: ArgumentParser) -> None:
    add = subcommands(parser)
    create = add(
        "create", _create, "Make a key for a program, and print its secret, which is not shown again."
    )
    create.add_argument("--user", required=True, help="Whose key it is: the id or the e-mail address.")
    create.add_argument("--name", required=True, help="What it is for.")
    create.add_argument(
        "--scopes",
        required=True,
        help="What it may do, such as orders:read; several with commas between them.",
    )
    create.add_argument(
        "--days",
        type=_days,
        help="After how many days it ends; without it, it lasts until it is revoked.",
    )
    some = add("list", _list, "List keys: id, user, state, name and scopes.")
    some.add_argument("--user", help="Only keys of this user: the id or the e-mail address.")
    revoke = add("revoke", _revoke, "End a key at once.")
    revoke.add_argument("id", metavar="ID", type=int, help="Its id.")


def _days(text: str) -> timedelta:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_DAYS:
        raise ArgumentTypeError(f"must be a whole number from 1 to {_MOST_DAYS}, not {text}")
    return timedelta(days=int(text))


def _create(options: Namespace) -> int:
    with open_existing(options, to_read=False) as db:
        owner = user.find(db, options.user).id
        ends = None if options.days is None else datetime.now(timezone.utc) + options.days
        made = db.accounts.create_key(owner, options.name, options.scopes.split(","), expires_at=ends)
    print(f"API key {made.key.id} of user {owner}; it is not shown again:", file=sys.stderr)
    say(str(made.token))
    return DONE


def _list(options: Namespace) -> int:
    with open_existing(options) as db:
        owner = None if options.user is None else user.find(db, options.user).id
        for key in db.accounts.keys(user_id=owner):
            _tell(key)
    return DONE


def _revoke(options: Namespace) -> int:
    with open_existing(options, to_read=False) as db:
        _tell(db.accounts.revoke_key(options.id))
    return DONE


def _tell(key: ecomdb.ApiKey) -> None:
    has_ended = key.expires_at is not None and key.expires_at <= datetime.now(timezone.utc)
    state = "revoked" if key.revoked_at is not None else "expired" if has_ended else "valid"
    say(f"{key.id:>6}  user {key.user_id:<6} {state:<8} {key.name} ({', '.join(map(str, key.scopes))})")
