"""`db.on_behalf_of`: the shop with the permissions of a caller."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import PASSWORD, Shop

import ecomdb


def with_key(shop: Shop, user: ecomdb.User, *scopes: str) -> ecomdb.OnBehalf:
    """The shop on behalf of an API key of the user."""
    token = shop.db.accounts.create_key(user.id, "a program", map(ecomdb.Scope, scopes)).token
    return shop.db.on_behalf_of(shop.db.accounts.authenticate(token))


def test_a_customer_sees_only_its_own_orders_and_payments(shop: Shop) -> None:
    ada, lamp, others = shop.member(), shop.product(), shop.paid_order()
    own = shop.db.orders.place(ada.id, [(lamp.id, 1)], payment="card", capture=True)
    customer = shop.log_in(ada)
    assert [order.id for order in customer.orders.list()] == [own.id]
    assert [payment.order_id for payment in customer.payments.list()] == [own.id]
    assert customer.orders.get(own.id) == own
    with pytest.raises(ecomdb.NotFoundError):
        customer.orders.get(others.id)
    assert others.payment is not None
    with pytest.raises(ecomdb.NotFoundError):
        customer.payments.get(others.payment.id)


def test_a_customer_sees_only_itself(shop: Shop) -> None:
    ada, bob = shop.member(), shop.user()
    customer = shop.log_in(ada)
    assert customer.accounts.me() == customer.users.get(ada.id) == ada
    assert list(customer.users.list()) == [ada]
    with pytest.raises(ecomdb.NotFoundError):
        customer.users.get(bob.id)


def test_a_customer_orders_only_for_itself(shop: Shop) -> None:
    ada, bob, lamp = shop.member(), shop.user(), shop.product()
    customer = shop.log_in(ada)
    order = customer.orders.place(ada.id, [(lamp.id, 1)], payment="card", idempotency_key="once")
    assert customer.orders.place(ada.id, [(lamp.id, 1)], payment="card", idempotency_key="once") == order
    with pytest.raises(ecomdb.ValidationError) as raised:
        customer.orders.place(bob.id, [(lamp.id, 1)])
    assert raised.value.field == "user_id"
    assert [it.id for it in shop.db.orders.list()] == [order.id]
    assert customer.orders.cancel(order.id).status == "cancelled"


FORBIDDEN_TO_CUSTOMERS: dict[str, Callable[[ecomdb.OnBehalf], object]] = {
    "catalog:write": lambda shop: shop.categories.create("Lamps"),
    "inventory:read": lambda shop: list(shop.inventory.list()),
    "inventory:write": lambda shop: shop.inventory.restock(1, 1),
    "users:manage": lambda shop: shop.users.create("bob@example.com", "Bob", "Builder"),
    "payments:settle": lambda shop: shop.payments.capture(1),
    "vouchers:read": lambda shop: list(shop.vouchers.list()),
    "vouchers:write": lambda shop: shop.vouchers.create("A", "percent", 10),
    "reports:read": lambda shop: shop.analytics.total_revenue(),
}


@pytest.mark.parametrize("scope", FORBIDDEN_TO_CUSTOMERS)
def test_what_is_forbidden_names_the_scope_that_it_needs(shop: Shop, scope: str) -> None:
    customer = shop.log_in(shop.member())
    with pytest.raises(ecomdb.ForbiddenError, match=f"needs the scope {scope}") as raised:
        FORBIDDEN_TO_CUSTOMERS[scope](customer)
    assert raised.value.scope is ecomdb.Scope(scope)
    assert list(shop.db.categories.list()) == []


def test_a_customer_cannot_say_that_it_has_paid(shop: Shop) -> None:
    ada, lamp = shop.member(), shop.product()
    customer = shop.log_in(ada)
    with pytest.raises(ecomdb.ForbiddenError) as raised:
        customer.orders.place(ada.id, [(lamp.id, 1)], payment="card", capture=True)
    assert raised.value.scope == "payments:settle"
    assert list(shop.db.orders.list()) == []


def test_a_customer_changes_its_name_but_not_its_status(shop: Shop) -> None:
    ada = shop.member()
    customer = shop.log_in(ada)
    assert customer.users.update(ada.id, first_name="Augusta").first_name == "Augusta"
    with pytest.raises(ecomdb.ForbiddenError):
        customer.users.update(ada.id, status="disabled")


def test_staff_works_the_shop_but_manages_no_users(shop: Shop) -> None:
    staff = shop.log_in(shop.member("staff"))
    lamps = staff.categories.create("Lamps")
    lamp = staff.products.create("Desk lamp", lamps.id, "29.99", initial_stock=3)
    order = staff.orders.place(shop.user().id, [(lamp.id, 2)], payment="card", capture=True)
    assert staff.inventory.restock(lamp.id, 1).quantity == 2
    assert [row.total_revenue for row in staff.analytics.total_revenue()] == [order.total]
    for call in (
        lambda: staff.accounts.set_role(order.user_id, "staff"),
        lambda: staff.accounts.set_password(order.user_id, PASSWORD),
        lambda: staff.accounts.create("bob@example.com", "Bob", "Builder", password=PASSWORD),
        lambda: staff.users.delete(order.user_id),
    ):
        with pytest.raises(ecomdb.ForbiddenError) as raised:
            call()
        assert raised.value.scope == "users:manage"


def test_an_admin_manages_accounts(shop: Shop) -> None:
    admin, ada = shop.log_in(shop.member("admin")), shop.user()
    bob = admin.accounts.create("bob@example.com", "Bob", "Builder", password=PASSWORD, role="staff")
    assert admin.accounts.set_role(ada.id, "admin").role == "admin"
    made = admin.accounts.create_key(bob.id, "warehouse", ["inventory:write"])
    assert list(admin.accounts.keys(user_id=bob.id)) == [made.key]


def test_a_customer_has_its_own_keys_only(shop: Shop) -> None:
    ada, bob = shop.member(), shop.user()
    customer = shop.log_in(ada)
    others = shop.db.accounts.create_key(bob.id, "Bob's", ["orders:read"]).key
    own = customer.accounts.create_key(ada.id, "my orders", ["orders:read"]).key
    assert list(customer.accounts.keys()) == [own]
    with pytest.raises(ecomdb.NotFoundError):
        customer.accounts.revoke_key(others.id)
    with pytest.raises(ecomdb.ValidationError):
        customer.accounts.create_key(bob.id, "not mine", ["orders:read"])
    assert customer.accounts.revoke_key(own.id).revoked_at is not None


def test_a_program_with_a_key_may_what_the_key_says_and_no_more(shop: Shop) -> None:
    own = shop.paid_order()
    user = shop.db.users.get(own.user_id)
    program = with_key(shop, user, "orders:read")
    assert [order.id for order in program.orders.list()] == [own.id]
    assert program.accounts.me() == user
    with pytest.raises(ecomdb.ForbiddenError):
        program.products.get(own.items[0].product_id)


def test_a_program_with_a_key_manages_no_accounts(shop: Shop) -> None:
    ada = shop.db.accounts.set_role(shop.user().id, "admin")
    program = with_key(shop, ada, "users:manage")
    for call in (
        lambda: program.accounts.create_key(ada.id, "stronger", ["orders:write"]),
        lambda: list(program.accounts.keys()),
        lambda: program.accounts.set_role(ada.id, "customer"),
        lambda: program.accounts.change_password(PASSWORD, "another password"),
        program.accounts.log_out,
    ):
        with pytest.raises(ecomdb.ForbiddenError, match="an API key is not enough") as raised:
            call()
        assert raised.value.scope is None


def test_who_changes_the_password_knows_the_present_one(shop: Shop) -> None:
    ada = shop.member()
    customer = shop.log_in(ada)
    with pytest.raises(ecomdb.WrongLoginError):
        customer.accounts.change_password("a guess", "another password")
    customer.accounts.change_password(PASSWORD, "another password")
    with pytest.raises(ecomdb.WrongLoginError):
        shop.db.accounts.log_in(ada.email, PASSWORD)
    assert shop.db.accounts.log_in(ada.email, "another password").user.id == ada.id


def test_lists_on_behalf_come_in_pages(shop: Shop) -> None:
    ada, lamp = shop.member(), shop.product()
    customer = shop.log_in(ada)
    ids = [customer.orders.place(ada.id, [(lamp.id, 1)]).id for _ in range(3)]
    shop.paid_order()
    assert [order.id for order in customer.orders.list(page_size=1)] == ids[::-1]


NOUNS = (
    ecomdb.ShopSettings,
    ecomdb.Users,
    ecomdb.Categories,
    ecomdb.Products,
    ecomdb.ProductGroups,
    ecomdb.Inventory,
    ecomdb.Orders,
    ecomdb.Payments,
    ecomdb.Vouchers,
    ecomdb.Analytics,
    ecomdb.Accounts,
)


def test_what_is_about_the_whole_database_is_not_there(memory: Shop) -> None:
    parts = {name for name in vars(ecomdb.Database) if isinstance(getattr(memory.db, name), NOUNS)}
    offered = {name for name in vars(ecomdb.OnBehalf) if not name.startswith("_")}
    assert offered == parts | {"caller"}


def test_a_caller_says_who_it_is(memory: Shop) -> None:
    ada = memory.member()
    customer, program = memory.log_in(ada), with_key(memory, ada, "orders:read")
    assert repr(customer) == f"<ecomdb.OnBehalf of user {ada.id} (customer) on SQLite>"
    assert repr(customer.caller) == f"<ecomdb.Caller, user {ada.id} (customer)>"
    assert repr(program.caller) == f"<ecomdb.Caller, user {ada.id} (customer) with API key 1>"


def test_callers_are_equal_who_came_in_the_same_way(memory: Shop) -> None:
    ada = memory.member()
    token = memory.db.accounts.create_key(ada.id, "a program", ["orders:read"]).token
    one, same = (memory.db.accounts.authenticate(token) for _ in range(2))
    assert one == same == memory.db.on_behalf_of(one).caller
    assert hash(one) == hash(same)
    assert one != memory.log_in(ada).caller


def test_callers_are_made_only_by_authentication(memory: Shop) -> None:
    caller = memory.log_in(memory.member()).caller
    with pytest.raises(TypeError):
        ecomdb.Caller()
    with pytest.raises(AttributeError):
        caller.role = ecomdb.Role.ADMIN  # type: ignore[misc]
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(caller)
    with pytest.raises(TypeError):
        memory.db.on_behalf_of(1)  # type: ignore[arg-type]


def test_a_program_can_demand_a_scope_of_a_caller(memory: Shop) -> None:
    caller = memory.log_in(memory.member("staff")).caller
    caller.demand("reports:read")
    with pytest.raises(ecomdb.ForbiddenError) as raised:
        caller.demand(ecomdb.Scope.USERS_MANAGE)
    assert raised.value.scope is ecomdb.Scope.USERS_MANAGE
    with pytest.raises(ecomdb.ValidationError, match="scope: must be one of"):
        caller.demand("fly")  # type: ignore[arg-type]


def test_threads_share_what_is_on_behalf(shop: Shop) -> None:
    ada, lamp = shop.member(), shop.product(stock=40)
    customer = shop.log_in(ada)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: customer.orders.place(ada.id, [(lamp.id, 1)]), range(40)))
    assert shop.db.products.get(lamp.id).stock == 0
    assert len(list(customer.orders.list())) == 40


def test_on_behalf_is_refused_inside_a_transaction_of_the_same_thread(memory: Shop) -> None:
    customer = memory.log_in(memory.member())
    with memory.db.transaction():
        for call in (customer.accounts.me, lambda: next(iter(customer.orders.list()))):
            with pytest.raises(ecomdb.TransactionError, match="use what"):
                call()


@pytest.mark.parametrize("ending", ["log out", "disable", "delete", "set a password"])
def test_a_caller_whose_session_has_ended_does_nothing_any_more(shop: Shop, ending: str) -> None:
    staff, lamp = shop.member("staff"), shop.product(stock=5)
    caller = shop.log_in(staff)
    endings: dict[str, Callable[[], object]] = {
        "log out": caller.accounts.log_out,
        "disable": lambda: shop.db.users.update(staff.id, status="disabled"),
        "delete": lambda: shop.db.users.delete(staff.id),
        "set a password": lambda: shop.db.accounts.set_password(staff.id, "another horse battery"),
    }
    endings[ending]()
    calls: list[Callable[[], object]] = [
        lambda: caller.products.get(lamp.id),
        lambda: list(caller.orders.list()),
        lambda: caller.inventory.restock(lamp.id, 1),
        caller.accounts.me,
        caller.analytics.total_revenue,
    ]
    for call in calls:
        with pytest.raises(ecomdb.InvalidTokenError):
            call()
    assert shop.db.products.get(lamp.id).stock == 5


def test_who_was_made_a_customer_does_not_go_on_as_staff(shop: Shop) -> None:
    staff, order = shop.member("staff"), shop.paid_order()
    caller = shop.log_in(staff)
    assert caller.orders.get(order.id) == order
    shop.db.accounts.set_role(staff.id, "customer")
    for call in (lambda: caller.orders.get(order.id), lambda: caller.inventory.restock(1, 1)):
        with pytest.raises(ecomdb.ForbiddenError):
            call()


def test_the_last_admin_stays_one(shop: Shop) -> None:
    admin = shop.member("admin")
    own = shop.log_in(admin)
    calls: list[Callable[[], object]] = [
        lambda: own.accounts.set_role(admin.id, "staff"),
        lambda: own.users.update(admin.id, status="disabled"),
        lambda: own.users.anonymise(admin.id),
        lambda: own.users.delete(admin.id),
    ]
    for call in calls:
        with pytest.raises(ecomdb.ConflictError, match="the last active admin"):
            call()
    shop.member("admin")
    assert own.accounts.set_role(admin.id, "staff").role == "staff"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_can_use_no_accounts_and_do_nothing_on_behalf(url: str) -> None:
    program = """
        import os, sys, ecomdb
        db = ecomdb.connect(sys.argv[1])
        ada = db.users.create("ada@example.com", "Ada", "Lovelace")
        token = db.accounts.create_key(ada.id, "a program", ["users:read"]).token
        shop = db.on_behalf_of(db.accounts.authenticate(token))
        child = os.fork()
        if child == 0:
            refused = 0
            for call in (lambda: db.accounts.authenticate(token), shop.accounts.me,
                         lambda: shop.users.get(ada.id)):
                try:
                    call()
                except ecomdb.ForkedError:
                    refused += 1
            os._exit(refused)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), shop.users.get(ada.id) == ada)
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program), url]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert finished.stdout == "3 True\n", finished.stderr
