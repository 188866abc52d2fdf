"""The script `ecomdb` and `python -m ecomdb`, beside the program `ecomdb`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from ecomdb._ecomdb import _SETTINGS

import ecomdb

BINARY = os.environ.get("ECOMDB_BIN")
SHOP = ["generate", "--preset", "small", "--until", "2026-01-01"]
SCRIPT = [str(Path(sys.executable).with_name("ecomdb"))]
COMMANDS = ["generate", "export", "backup", "migrate", "reset", "check", "rebuild", "expire", "report"]
COMMANDS += [
    f"user {it}"
    for it in ("create", "list", "set-role", "set-password", "disable", "enable", "dossier", "anonymise")
]
COMMANDS += [f"api-key {it}" for it in ("create", "list", "revoke")]
needs_binary = pytest.mark.skipif(BINARY is None, reason="ECOMDB_BIN names no program")


def run(
    folder: Path, *arguments: str, env: dict[str, str] | None = None, program: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ECOMDB_")}
    command = [*(program or [sys.executable, "-W", "error", "-m", "ecomdb"]), *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env={**settings, **(env or {}), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a small shop in it."""
    folder = tmp_path_factory.mktemp("shop")
    made = run(folder, *SHOP)
    assert (made.returncode, made.stdout) == (0, "generated 200 users, 100 products and 1000 orders\n"), (
        made.stderr
    )
    assert "1000 of 1000 orders" in made.stderr
    return folder


@needs_binary
@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_those_of_the_binary(tmp_path: Path, command: str) -> None:
    def options(program: list[str] | None) -> set[str]:
        text = run(tmp_path, *command.split(), "--help", program=program).stdout
        # The configuration file is the server's.
        return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - {"--version", "--config"}

    assert BINARY is not None
    assert options(None) == options([BINARY])


@needs_binary
def test_every_command_of_the_binary_is_here_but_serve(tmp_path: Path) -> None:
    def commands(program: list[str], *of: str) -> set[str]:
        text = run(tmp_path, *of, "--help", program=program).stdout
        return set(re.findall(r"^ {2,4}([a-z][a-z-]+)(?= |$)", text, re.MULTILINE)) - {
            "help",
            "serve",
            "completions",
        }

    assert BINARY is not None
    for of in ((), ("user",), ("api-key",)):
        assert commands(SCRIPT, *of) == commands([BINARY], *of)


def test_the_script_is_the_module(folder: Path) -> None:
    for arguments in (["report", "funnel"], ["--version"]):
        assert run(folder, *arguments, program=SCRIPT).stdout == run(folder, *arguments).stdout != ""
    assert run(folder, "--help", program=SCRIPT).stdout.startswith("usage: ecomdb ")
    assert run(folder, "--help").stdout.startswith("usage: python -m ecomdb ")


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--bind", "127.0.0.1:0"], ["serve", "--help"]])
def test_serve_is_what_the_program_has(tmp_path: Path, arguments: list[str]) -> None:
    finished = run(tmp_path, *arguments, program=SCRIPT)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "this package has no server" in finished.stderr
    assert not re.search(r"\bserve\b", run(tmp_path, "--help").stdout)


def test_a_database_is_created_emptied_and_rebuilt(tmp_path: Path) -> None:
    applied, made, last = run(tmp_path, "migrate").stdout.splitlines()
    assert (applied, last) == ("applied 0001_base", "the SQLite database has the newest schema")
    assert made.startswith("made the views analytics_average_order_value, ")
    assert run(tmp_path, "migrate").stdout == "nothing to do: the SQLite database has the newest schema\n"
    assert run(tmp_path, *SHOP).returncode == 0
    rebuilt = run(tmp_path, "rebuild").stdout
    assert rebuilt.startswith("rollups and search terms rebuilt: ")
    refused = run(tmp_path, "reset")
    assert (refused.returncode, "say --yes" in refused.stderr) == (2, True)
    assert run(tmp_path, "reset", "--yes").stdout == "the shop is empty\n"
    assert "0 completed orders" in run(tmp_path, "rebuild").stdout
    assert run(tmp_path, "expire").stdout == "0 orders expired\n"


def test_users_and_keys_are_managed(tmp_path: Path) -> None:
    create = [
        "user",
        "create",
        "--email",
        "ada@example.com",
        "--first-name",
        "Ada",
        "--last-name",
        "Lovelace",
    ]
    made = run(tmp_path, *create, "--role", "staff")
    line = f"{1:>6}  {'ada@example.com':<40} {'staff':<9} {'active':<9} Ada Lovelace\n"
    assert made.stdout.startswith(line), made.stderr
    password = re.search(r"^password: (\S+) \(it is not shown again\)$", made.stdout, re.MULTILINE)
    assert password is not None
    with ecomdb.connect(tmp_path / "shop.db") as db:
        db.accounts.log_in("ada@example.com", password[1])
    assert run(tmp_path, "user", "list", "--role", "staff").stdout == line
    assert "disabled" in run(tmp_path, "user", "disable", "ada@example.com").stdout
    assert "active" in run(tmp_path, "user", "enable", "1").stdout
    assert "admin" in run(tmp_path, "user", "set-role", "1", "admin").stdout
    key = run(
        tmp_path, "api-key", "create", "--user", "1", "--name", "till", "--scopes", "orders:read,users:read"
    )
    with ecomdb.connect(tmp_path / "shop.db") as db:
        assert db.accounts.authenticate(key.stdout.strip()).user_id == 1
    assert run(tmp_path, "api-key", "list", "--user", "ada@example.com").stdout.split()[3] == "valid"
    assert "revoked" in run(tmp_path, "api-key", "revoke", "1").stdout
    dossier = json.loads(run(tmp_path, "user", "dossier", "ada@example.com").stdout)
    assert (dossier["user"]["id"], dossier["api_keys"][0]["name"], dossier["orders"]) == (1, "till", [])
    assert "say --yes" in run(tmp_path, "user", "anonymise", "1").stderr
    assert "Lovelace" not in run(tmp_path, "user", "anonymise", "1", "--yes").stdout


def test_a_password_is_read_from_the_standard_input(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with ecomdb.connect(tmp_path / "shop.db") as db:
        db.users.create("ada@example.com", "Ada", "Lovelace")
    command = [*SCRIPT, "user", "set-password", "1", "--password-stdin"]
    for typed, code in (("correct horse battery\n", 0), ("short\n", 2)):
        finished = subprocess.run(command, cwd=tmp_path, input=typed, capture_output=True, text=True)
        assert finished.returncode == code, finished.stderr
    with ecomdb.connect(tmp_path / "shop.db") as db:
        db.accounts.log_in("ada@example.com", "correct horse battery")


@needs_binary
def test_a_scenario_means_the_same_to_both(tmp_path: Path) -> None:
    assert BINARY is not None

    def words(text: str) -> str:
        return " ".join(re.findall(r"\w+(?:\.\w+)*", text))

    helps = [
        words(run(tmp_path, "generate", "--help", program=program).stdout) for program in (None, [BINARY])
    ]
    assert len(_SETTINGS) > 20
    for *_, about, heading in _SETTINGS:
        assert all(words(about) in text and words(heading) in text for text in helps), about


@needs_binary
@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "total-revenue", "--json"],
        [
            "report",
            "revenue-trend",
            "--granularity",
            "week",
            "--tz",
            "Europe/Berlin",
            "--compare",
            "previous",
            "--json",
        ],
        ["report", "cohorts", "--csv"],
        ["report", "top-customers", "--limit", "3", "--csv"],
        ["report", "rfm-customers", "--segment", "champions", "--json"],
        ["report", "monthly-revenue", "--from", "2025-01-01"],
        ["report", "funnel"],
        ["check"],
        ["report", "top-products", "--csv", "--raw"],
        ["export", "users", "--for-spreadsheet"],
        ["export", "orders"],
        ["export", "users", "--format", "ndjson"],
        ["export", "top-products", "--format", "ndjson"],
        ["export", "revenue-trend", "--granularity", "month", "--compare", "previous"],
    ],
)
def test_both_print_the_same(folder: Path, arguments: list[str]) -> None:
    assert BINARY is not None
    ours, theirs = run(folder, *arguments), run(folder, *arguments, program=[BINARY])
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout), ours.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [*SHOP, "--users", "9", "--products", "9", "--orders", "9", "--csv", "made", "--overwrite"],
        ["export", "users"],
        ["report", "total-revenue"],
        ["check"],
    ],
)
def test_an_empty_variable_is_no_setting(folder: Path, arguments: list[str]) -> None:
    text = run(folder, arguments[0], "--help").stdout
    variables = {*re.findall(r"\[env:\s+(ECOMDB_\w+)", text), "ECOMDB_DATABASE_URL"}
    empty = run(folder, *arguments, env=dict.fromkeys(variables, ""))
    without = run(folder, *arguments)
    assert (empty.returncode, empty.stdout) == (0, without.stdout), empty.stderr


def test_a_switch_is_on_or_off_in_every_word_for_that(folder: Path) -> None:
    generate = [*SHOP, "--users", "9", "--products", "9", "--orders", "9", "--csv", "made", "--overwrite"]
    outputs = {
        word: run(folder, *generate, env={"ECOMDB_REPORT": word}).stdout
        for word in ("1", "True", "no", "off")
    }
    assert outputs["1"] == outputs["True"] != outputs["off"] == outputs["no"]
    assert run(folder, *generate, env={"ECOMDB_REPORT": "maybe"}).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--basket-lines", "11"], "--basket-lines is 11, must be 1 to 10"),
        (["generate", "--unpaid", "0.9", "--cancelled", "0.9"], "--unpaid + --cancelled"),
        (["generate", "--users", "many"], "argument --users: invalid int value"),
        (["generate", "--hours", "1,2"], "must be 24 numbers, one for each hour, not 2"),
        (["report", "nonsense"], "there is no report nonsense; there are:"),
        (["report", "cohorts", "--limit", "3"], "cohorts does not take --limit"),
        (["report", "top-products", "--limit", "0"], "--limit must be a whole number from 1 to 1000"),
        (["report", "funnel", "--from", "x"], "--from must be a day such as 2026-01-31"),
        (["report", "funnel", "--raw"], "--csv"),
        (["export", "users", "--format", "ndjson", "--for-spreadsheet"], "--for-spreadsheet is for csv"),
        (["export"], "one of the arguments NAME --into is required"),
        (["export", "secrets"], "there is no such table or report; tables: users, user_revisions"),
        (["export", "orders", "--limit", "3"], "the table orders does not take --limit"),
        (["export", "cohorts", "--tz", "UTC"], "cohorts does not take --tz; it can have --from, --to"),
        (["user", "set-role", "1", "owner"], "argument ROLE: invalid choice: 'owner'"),
        (["api-key", "create", "--user", "1", "--name", "x", "--scopes", "fly"], "--scopes must be one of"),
        (
            ["api-key", "create", "--user", "1", "--name", "x", "--scopes", "y", "--days", "0"],
            "--days: must be",
        ),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_wrong_usage_is_explained(folder: Path, arguments: list[str], message: str) -> None:
    finished = run(folder, *arguments)
    assert finished.returncode == 2
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_missing_database_is_not_created(tmp_path: Path) -> None:
    finished = run(tmp_path, "check")
    assert (finished.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "there is no database shop.db" in finished.stderr


def test_settings_can_come_from_the_environment(tmp_path: Path) -> None:
    env = {"ECOMDB_DATABASE_URL": "sqlite://other.db", "ECOMDB_ORDERS": "50", "ECOMDB_PRESET": "small"}
    made = run(tmp_path, "generate", "--users", "10", env=env)
    assert made.stdout == "generated 10 users, 100 products and 50 orders\n", made.stderr
    assert (tmp_path / "other.db").exists()
    assert run(tmp_path, "--database", "sqlite://other.db", "check").returncode == 0
    assert run(tmp_path, "check", "--database", "sqlite://other.db").returncode == 0


def test_a_shop_is_written_as_csv_and_measured(tmp_path: Path) -> None:
    made = run(tmp_path, *SHOP, "--csv", "made", "--report")
    assert made.returncode == 0, made.stdout
    assert "basket_lines: asked 2.2000, measured" in made.stdout
    assert (tmp_path / "made" / "orders.csv").exists()
    assert not (tmp_path / "shop.db").exists()


def test_reports_are_listed_with_what_their_numbers_mean(folder: Path) -> None:
    listed = run(folder, "report").stdout
    assert "  top-products                 Products by units sold\n" in listed
    assert "  Lifetime value: " in listed


def test_an_output_that_is_closed_is_no_error(folder: Path) -> None:
    command = f"{sys.executable} -m ecomdb export order_items | head -1"
    finished = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True)
    header = "order_id,product_id,quantity,unit_price,discount,product_revision\n"
    assert (finished.stdout, finished.stderr) == (header, "")


def test_a_reader_that_has_gone_does_not_hide_that_a_rule_is_broken(tmp_path: Path) -> None:
    assert run(tmp_path, *SHOP).returncode == 0
    for expected in (0, 1):
        # The pipe is closed before the first line.
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-W", "error", "-m", "ecomdb", "check"]
        checked = subprocess.run(command, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        assert (checked.returncode, checked.stderr) == (expected, "")
        with closing(sqlite3.connect(tmp_path / "shop.db")) as shop, shop:
            shop.execute("UPDATE inventory SET quantity = quantity + 1 WHERE product_id = 1")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["export", "--help"],
        ["generate", "--preset", "small", "--database", "sqlite://new.db"],
        ["generate", "--preset", "small", "--csv", "new"],
        ["report"],
        ["report", "total-revenue"],
        ["report", "total-revenue", "--json"],
        ["report", "total-revenue", "--csv"],
        ["check"],
        ["export", "users"],
        ["export", "total-revenue"],
        ["backup", "copy.db"],
    ],
    ids=" ".join,
)
def test_output_that_is_lost_is_a_failure(tmp_path: Path, arguments: list[str]) -> None:
    assert run(tmp_path, *SHOP).returncode == 0
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        finished = subprocess.run(
            [sys.executable, "-m", "ecomdb", *arguments],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert finished.returncode == 1
    last = finished.stderr.splitlines()[-1]
    assert last == "error: the output cannot be written: No space left on device"
    assert "Traceback" not in finished.stderr


def test_a_file_that_cannot_be_looked_at_is_not_one_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    finished = run(tmp_path, "check", "--database", "sqlite://loop/shop.db")
    assert finished.returncode == 1
    assert "symbolic links" in finished.stderr
    assert "there is no database" not in finished.stderr


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "arguments", [["export", "--into", "out"], ["backup", "out/monday.db"]], ids=" ".join
)
def test_an_interrupted_export_or_backup_leaves_no_file(
    tmp_path: Path, arguments: list[str], signal_number: signal.Signals
) -> None:
    assert run(tmp_path, *SHOP).returncode == 0
    out = tmp_path / "out"
    code, left = 0, ["nothing yet"]
    # If the command finished before the signal, it is started again.
    while code != 130 or left:
        out.mkdir()
        with subprocess.Popen(
            [sys.executable, "-m", "ecomdb", *arguments],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # The process that runs the tests may ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:
            while process.poll() is None and not any(".part" in file.name for file in out.iterdir()):
                pass
            process.send_signal(signal_number)
            _, said = process.communicate()
            code = process.returncode
        left = [file.name for file in out.iterdir()]
        assert not any(".part" in name for name in left)
        shutil.rmtree(out)
    assert said.splitlines()[-1] == "error: interrupted; nothing was changed"


def test_every_table_is_exported_into_a_folder(folder: Path, tmp_path: Path) -> None:
    exported = run(folder, "export", "--into", str(tmp_path))
    assert "1000 rows of orders" in exported.stderr
    assert {file.stem for file in tmp_path.iterdir()} == set(ecomdb.TableName)
