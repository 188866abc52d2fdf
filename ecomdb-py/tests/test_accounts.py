"""`db.accounts`: logins, passwords, roles and API keys."""

from __future__ import annotations

import json
import pickle
import threading
from datetime import date, datetime, timedelta, timezone

import pytest
from conftest import PASSWORD, Shop

import ecomdb


def test_who_logs_in_is_recognised_by_the_token(shop: Shop) -> None:
    ada = shop.db.accounts.create(" Ada@Example.com", "Ada", "Lovelace", password=PASSWORD, role="staff")
    login = shop.db.accounts.log_in("ADA@example.com", PASSWORD)
    known = shop.db.accounts.authenticate(login.token)
    assert login.user == ada == shop.db.users.get(ada.id)
    assert (known.user_id, known.role, known.api_key_id) == (ada.id, ecomdb.Role.STAFF, None)
    assert {"orders:read", "payments:settle"} < set(known.scopes)
    assert "users:manage" not in known.scopes


def test_a_session_ends_after_seven_days(shop: Shop) -> None:
    login = shop.db.accounts.log_in(shop.member().email, PASSWORD)
    left = login.expires_at - datetime.now(timezone.utc)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_a_user_is_a_customer_unless_told_otherwise(shop: Shop) -> None:
    created = shop.db.accounts.create("ada@example.com", "Ada", "Lovelace", password=PASSWORD)
    assert created.role is shop.user().role is ecomdb.Role.CUSTOMER


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "a guess"), ("bob@example.com", PASSWORD), ("no address", PASSWORD)],
)
def test_a_login_that_fails_does_not_tell_why(shop: Shop, email: str, password: str) -> None:
    shop.db.accounts.create("ada@example.com", "Ada", "Lovelace", password=PASSWORD)
    with pytest.raises(ecomdb.WrongLoginError, match="the e-mail address or the password is wrong") as raised:
        shop.db.accounts.log_in(email, password)
    assert isinstance(raised.value, ecomdb.UnauthenticatedError)
    assert not raised.value.retryable


def test_a_user_without_a_password_and_one_who_is_disabled_cannot_log_in(shop: Shop) -> None:
    without, disabled = shop.user(), shop.member()
    shop.db.users.update(disabled.id, status="disabled")
    for user in (without, disabled):
        with pytest.raises(ecomdb.WrongLoginError):
            shop.db.accounts.log_in(user.email, PASSWORD)


def test_every_wrong_argument_of_an_account_is_named_at_once(memory: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.accounts.create("ada", "Ada", "", password="geheim")  # noqa: S106
    assert [error.field for error in raised.value.errors] == ["email", "last_name", "password"]
    assert "geheim" not in str(raised.value)
    assert list(memory.db.users.list()) == []


def test_an_address_that_is_taken_is_a_conflict_and_its_password_stays(shop: Shop) -> None:
    ada = shop.member()
    with pytest.raises(ecomdb.DuplicateError):
        shop.db.accounts.create(ada.email, "Ada", "Lovelace", password=PASSWORD[::-1], role="admin")
    assert shop.db.accounts.log_in(ada.email, PASSWORD).user == ada


@pytest.mark.parametrize("password", ["1234567", "x" * 129])
def test_a_password_has_8_to_128_characters(memory: Shop, password: str) -> None:
    ada = memory.user()
    with pytest.raises(ecomdb.ValidationError, match="password: must have 8 to 128 characters") as raised:
        memory.db.accounts.set_password(ada.id, password)
    assert raised.value.field == "password"


def test_a_new_password_ends_every_session(shop: Shop) -> None:
    ada = shop.member()
    login = shop.db.accounts.log_in(ada.email, PASSWORD)
    shop.db.accounts.set_password(ada.id, "another password")
    with pytest.raises(ecomdb.InvalidTokenError, match="log in, or use another key"):
        shop.db.accounts.authenticate(login.token)
    with pytest.raises(ecomdb.WrongLoginError):
        shop.db.accounts.log_in(ada.email, PASSWORD)
    assert shop.db.accounts.log_in(ada.email, "another password").user.id == ada.id


def test_an_unknown_user_gets_no_password_no_role_and_no_key(shop: Shop) -> None:
    with pytest.raises(ecomdb.NotFoundError):
        shop.db.accounts.set_password(99, PASSWORD)
    with pytest.raises(ecomdb.NotFoundError):
        shop.db.accounts.set_role(99, "staff")
    with pytest.raises(ecomdb.ValidationError, match="user_id: no active user has the id 99"):
        shop.db.accounts.create_key(99, "warehouse", ["orders:read"])


def test_a_role_counts_from_the_next_request_on(shop: Shop) -> None:
    ada = shop.member()
    login = shop.db.accounts.log_in(ada.email, PASSWORD)
    before = shop.db.accounts.authenticate(login.token)
    assert shop.db.accounts.set_role(ada.id, ecomdb.Role.STAFF).role == "staff"
    after = shop.db.accounts.authenticate(login.token)
    assert (before.role, after.role) == ("customer", "staff")


def test_an_unknown_role_is_refused_with_those_that_there_are(memory: Shop) -> None:
    ada = memory.user()
    with pytest.raises(ecomdb.ValidationError, match="one of customer, staff, admin") as raised:
        memory.db.accounts.set_role(ada.id, "owner")  # type: ignore[arg-type]
    assert raised.value.field == "role"


@pytest.mark.parametrize("token", ["", "nonsense", "ecomdb_session_" + "0" * 64, "ecomdb_key_" + "0" * 64])
def test_an_unknown_token_is_not_valid(shop: Shop, token: str) -> None:
    with pytest.raises(ecomdb.InvalidTokenError) as raised:
        shop.db.accounts.authenticate(token)
    assert isinstance(raised.value, ecomdb.UnauthenticatedError)


def test_who_logs_out_ends_one_session(shop: Shop) -> None:
    ada = shop.member()
    here, there = (shop.db.accounts.log_in(ada.email, PASSWORD).token for _ in range(2))
    shop.db.on_behalf_of(shop.db.accounts.authenticate(here)).accounts.log_out()
    with pytest.raises(ecomdb.InvalidTokenError):
        shop.db.accounts.authenticate(here)
    assert shop.db.accounts.authenticate(there).user_id == ada.id


def test_whether_anybody_could_log_in_can_be_asked(shop: Shop) -> None:
    ada = shop.user()
    assert not shop.db.accounts.anybody_has_a_password()
    shop.db.accounts.set_password(ada.id, PASSWORD)
    assert shop.db.accounts.anybody_has_a_password()


def test_the_program_itself_has_no_account(memory: Shop) -> None:
    accounts = memory.db.accounts
    for call in (accounts.me, accounts.log_out, lambda: accounts.change_password(PASSWORD, PASSWORD)):
        with pytest.raises(ecomdb.ForbiddenError, match="on_behalf_of") as raised:
            call()
        assert raised.value.scope is None


def test_a_key_may_do_some_of_what_its_user_may(shop: Shop) -> None:
    ada = shop.member()
    made = shop.db.accounts.create_key(ada.id, "my orders", {ecomdb.Scope.ORDERS_READ, "catalog:read"})
    assert (made.key.user_id, made.key.name) == (ada.id, "my orders")
    assert made.key.scopes == ("catalog:read", "orders:read")
    assert made.key.expires_at is made.key.revoked_at is made.key.last_used_at is None
    known = shop.db.accounts.authenticate(made.token)
    assert (known.user_id, known.api_key_id, known.scopes) == (ada.id, made.key.id, made.key.scopes)


def test_a_key_tells_when_it_was_last_used(shop: Shop) -> None:
    made = shop.db.accounts.create_key(shop.user().id, "my orders", ["orders:read"])
    shop.db.accounts.authenticate(made.token)
    (key,) = shop.db.accounts.keys()
    assert key.last_used_at is not None
    assert key.created_at <= key.last_used_at <= datetime.now(timezone.utc)


def test_a_key_gets_no_scope_that_its_user_does_not_have(shop: Shop) -> None:
    with pytest.raises(ecomdb.ValidationError, match="among those of a customer") as raised:
        shop.db.accounts.create_key(shop.user().id, "warehouse", ["inventory:write"])
    assert raised.value.field == "scopes"


def test_a_key_that_was_revoked_is_not_valid_any_more(shop: Shop) -> None:
    made = shop.db.accounts.create_key(shop.user().id, "my orders", ["orders:read"])
    revoked = shop.db.accounts.revoke_key(made.key.id)
    assert revoked.revoked_at is not None
    assert shop.db.accounts.revoke_key(made.key.id).revoked_at == revoked.revoked_at
    with pytest.raises(ecomdb.InvalidTokenError):
        shop.db.accounts.authenticate(made.token)
    with pytest.raises(ecomdb.NotFoundError, match="no API key has the id 99"):
        shop.db.accounts.revoke_key(99)


def test_a_key_that_has_expired_is_not_valid_any_more(shop: Shop) -> None:
    ada = shop.user()
    end = datetime.now(timezone(timedelta(hours=2))) + timedelta(seconds=1)
    made = shop.db.accounts.create_key(ada.id, "for a moment", ["orders:read"], expires_at=end)
    assert made.key.expires_at == end
    while datetime.now(timezone.utc) < end:
        threading.Event().wait(0.05)
    with pytest.raises(ecomdb.InvalidTokenError):
        shop.db.accounts.authenticate(made.token)


def test_a_key_ends_at_a_moment_in_the_future(memory: Shop) -> None:
    ada = memory.user()
    day = date.today() + timedelta(days=30)
    made = memory.db.accounts.create_key(ada.id, "a month", ["orders:read"], expires_at=day)
    assert made.key.expires_at == datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    with pytest.raises(ecomdb.ValidationError, match="must lie in the future") as raised:
        memory.db.accounts.create_key(ada.id, "yesterday", ["orders:read"], expires_at="2026-01-31")
    assert raised.value.field == "expires_at"
    with pytest.raises(TypeError, match="expires_at must be an aware datetime"):
        memory.db.accounts.create_key(ada.id, "naive", ["orders:read"], expires_at=datetime(2100, 1, 1))
    with pytest.raises(TypeError, match="expires_at must be a datetime, a date or a str"):
        memory.db.accounts.create_key(ada.id, "a number", ["orders:read"], expires_at=3.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("scopes", ["orders:read", ecomdb.Scope.ORDERS_READ, [1.5], 7, None])
def test_scopes_are_several_words(memory: Shop, scopes: object) -> None:
    with pytest.raises(TypeError):
        memory.db.accounts.create_key(memory.user().id, "my orders", scopes)  # type: ignore[arg-type]


def test_a_key_without_a_name_or_a_scope_is_refused(memory: Shop) -> None:
    ada = memory.user()
    with pytest.raises(ecomdb.ValidationError) as raised:
        memory.db.accounts.create_key(ada.id, "", [])
    assert [error.field for error in raised.value.errors] == ["name", "scopes"]
    with pytest.raises(ecomdb.ValidationError, match=r'scopes: must be one of .* not "fly"'):
        memory.db.accounts.create_key(ada.id, "bird", ["orders:read", "fly"])  # type: ignore[list-item]


@pytest.mark.parametrize("wrong", [True, "1", 1.0, None])
def test_the_id_of_a_user_is_a_whole_number(memory: Shop, wrong: object) -> None:
    with pytest.raises(TypeError, match="interpreted as an integer"):
        memory.db.accounts.set_role(wrong, "staff")  # type: ignore[arg-type]


def test_keys_are_listed_the_latest_first(shop: Shop) -> None:
    ada, bob = shop.user(), shop.user()
    first, second, third = (
        shop.db.accounts.create_key(user.id, "my orders", ["orders:read"]).key for user in (ada, bob, ada)
    )
    assert list(shop.db.accounts.keys(page_size=1)) == [third, second, first]
    assert list(shop.db.accounts.keys(user_id=ada.id)) == [third, first]
    cursor = next(shop.db.accounts.keys(page_size=2).pages()).next
    assert list(shop.db.accounts.keys(after=cursor)) == [first]
    with pytest.raises(ecomdb.NotFoundError):
        list(shop.db.accounts.keys(user_id=99))


def test_no_repr_shows_a_token(memory: Shop) -> None:
    login = memory.db.accounts.log_in(memory.member().email, PASSWORD)
    made = memory.db.accounts.create_key(memory.user().id, "my orders", ["orders:read"])
    known = memory.db.accounts.authenticate(login.token)
    shown = repr([login, made, login.to_dict(), {made.token}, known, memory.db.on_behalf_of(known)])
    assert "Token(hidden)" in shown
    for secret in (login.token, made.token):
        assert secret.split("_")[-1] not in shown


def test_a_token_can_be_used_as_a_str(memory: Shop) -> None:
    token = memory.db.accounts.create_key(memory.user().id, "my orders", ["orders:read"]).token
    assert isinstance(token, ecomdb.Token)
    assert f"{token}".startswith("ecomdb_key_")
    assert str(token) == json.loads(json.dumps(token)) == pickle.loads(pickle.dumps(token)) == token
    assert memory.db.accounts.authenticate(str(token)) == memory.db.accounts.authenticate(token)


def test_no_error_shows_a_password_or_a_token(memory: Shop) -> None:
    ada = memory.member()
    secret = "geheim " * 20
    for call in (
        lambda: memory.db.accounts.log_in(ada.email, secret),
        lambda: memory.db.accounts.set_password(ada.id, secret),
        lambda: memory.db.accounts.authenticate(secret),
        lambda: memory.db.accounts.log_in(ada.email, secret.encode()),  # type: ignore[arg-type]
    ):
        with pytest.raises((ecomdb.Error, TypeError)) as raised:
            call()
        assert "geheim" not in f"{raised.value!r} {vars(raised.value)}"


def test_a_forbidden_call_is_pickled_with_its_scope(memory: Shop) -> None:
    shop = memory.log_in(memory.member())
    with pytest.raises(ecomdb.ForbiddenError) as raised:
        shop.categories.create("Lamps")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.scope) == (str(raised.value), ecomdb.Scope.CATALOG_WRITE)


def test_a_closed_database_has_no_accounts(memory: Shop) -> None:
    shop = memory.log_in(memory.member())
    memory.db.close()
    for accounts in (memory.db.accounts, shop.accounts):
        with pytest.raises(ecomdb.ClosedError):
            accounts.log_in("ada@example.com", PASSWORD)
    with pytest.raises(ecomdb.ClosedError):
        shop.users.get(1)
