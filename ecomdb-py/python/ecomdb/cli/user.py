"""``ecomdb user``: users who can log in, their roles and passwords."""

from __future__ import annotations

import getpass
import json
import secrets
import sys
from argparse import ArgumentParser, Namespace

import ecomdb
from ecomdb.cli.common import DONE, FailedError, UsageError, confirm, open_existing, say, subcommands, url

_ROLES = [role.value for role in ecomdb.Role]
_USER = "The id or the e-mail address."


def add_to(parser: ArgumentParser) -> None:
    add = subcommands(parser)
    create = add("create", _create, "Create a user who can log in.")
    create.add_argument("--email", required=True, help="What the user logs in with.")
    create.add_argument("--first-name", required=True, help="Given name.")
    create.add_argument("--last-name", required=True, help="Family name.")
    create.add_argument(
        "--role",
        choices=_ROLES,
        default="customer",
        help="customer (buys), staff (works the shop) or admin (also manages users).",
    )
    _take_password(create)
    some = add("list", _list, "List users: id, e-mail address, role, status and name.")
    some.add_argument("--role", choices=_ROLES, help="Only users of this role.")
    some.add_argument("--search", help="Only users with all of these words in address and name.")
    role = add("set-role", _set_role, "Make a user something else in the shop.")
    role.add_argument("user", metavar="USER", help=_USER)
    role.add_argument("role", metavar="ROLE", choices=_ROLES, help="customer, staff or admin.")
    password = add("set-password", _set_password, "Give a user another password, which ends all sessions.")
    password.add_argument("user", metavar="USER", help=_USER)
    _take_password(password)
    for name, status, about in (
        ("disable", "disabled", "Let a user not log in nor order any more, and end all sessions."),
        ("enable", "active", "Let a disabled user log in again."),
    ):
        command = add(name, _set_status, about)
        command.add_argument("user", metavar="USER", help=_USER)
        command.set_defaults(status=status)
    dossier = add(
        "dossier",
        _dossier,
        "Print everything that is stored about a user as JSON, without hashes: former names, sessions, "
        "API keys, uses of vouchers, and orders with their payments, each on a line.",
    )
    dossier.add_argument("user", metavar="USER", help=_USER)
    anonymise = add(
        "anonymise",
        _anonymise,
        "Replace a user's name and address by ones that tell nothing, also in all orders, and disable the "
        "user.",
    )
    anonymise.add_argument("user", metavar="USER", help=_USER)
    anonymise.add_argument("--yes", action="store_true", help="Do it without asking.")


def find(db: ecomdb.Database, user: str) -> ecomdb.User:
    """The user with this id or e-mail address."""
    if user.isdecimal():
        return db.users.get(int(user))
    found = db.users.find(user)
    if found is None:
        raise FailedError(f'no user has the e-mail address "{user}"')
    return found


def _take_password(parser: ArgumentParser) -> None:
    # Never from the command line, which every process of the machine can read.
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="Read the password from the first line of the standard input. Without it, a terminal is asked, "
        "and for anybody else one is made up and printed.",
    )


def _create(options: Namespace) -> int:
    password, made_up = _password(options)
    with ecomdb.connect(url(options)) as db:
        user = db.accounts.create(
            options.email, options.first_name, options.last_name, password=password, role=options.role
        )
    return _tell_password(user, password, made_up)


def _list(options: Namespace) -> int:
    with open_existing(options) as db:
        for user in db.users.list(role=options.role, search=options.search):
            _tell(user)
    return DONE


def _set_role(options: Namespace) -> int:
    with open_existing(options, to_read=False) as db:
        _tell(db.accounts.set_role(find(db, options.user).id, options.role))
    return DONE


def _set_password(options: Namespace) -> int:
    with open_existing(options, to_read=False) as db:
        user = find(db, options.user)
        password, made_up = _password(options)
        db.accounts.set_password(user.id, password)
    return _tell_password(user, password, made_up)


def _set_status(options: Namespace) -> int:
    with open_existing(options, to_read=False) as db:
        _tell(db.users.update(find(db, options.user).id, status=options.status))
    return DONE


def _dossier(options: Namespace) -> int:
    with open_existing(options) as db:
        user = find(db, options.user)
        page = db.users.dossier(user.id)
        head = page.to_dict(mode="json")
        for of_page in ("orders", "previous", "next"):
            del head[of_page]
        line = json.dumps(head, ensure_ascii=False)[:-1] + ', "orders": ['
        while True:
            for order in page.orders:
                say(line)
                line = order.to_json() + ","
            if page.next is None:
                break
            page = db.users.dossier(user.id, after=page.next)
        say(line.rstrip(",") + "]}")
    return DONE


def _anonymise(options: Namespace) -> int:
    if not options.yes and not sys.stdin.isatty():
        raise UsageError("user anonymise cannot be undone: say --yes if that is meant")
    with open_existing(options, to_read=False) as db:
        user = find(db, options.user)
        if not options.yes:
            confirm(
                f"This deletes the name and the address of user {user.id} ({user.email}). Type yes to go on:",
                otherwise="nothing was changed",
            )
        _tell(db.users.anonymise(user.id))
    return DONE


def _password(options: Namespace) -> tuple[str, bool]:
    """The password, and whether it was generated."""
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    typed = ""
    if sys.stdin.isatty():
        typed = getpass.getpass("Password (empty for one that is made up): ")
        if typed and getpass.getpass("Once more: ") != typed:
            raise FailedError("these were two different passwords; nothing was changed")
    return (typed, False) if typed else (secrets.token_urlsafe(18), True)


def _tell_password(user: ecomdb.User, password: str, made_up: bool) -> int:
    _tell(user)
    if made_up:
        say(f"password: {password} (it is not shown again)")
    return DONE


def _tell(user: ecomdb.User) -> None:
    say(f"{user.id:>6}  {user.email:<40} {user.role:<9} {user.status:<9} {user.first_name} {user.last_name}")
