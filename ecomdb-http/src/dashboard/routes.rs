//! Every page of the dashboard: method, path, what it requires of its caller, and its handler.

use axum::http::Method;
use axum::routing::{MethodRouter, get, post};
use ecomdb::Scope::*;

use super::{
    assets, categories, customers, groups, inventory, live, orders, overview, print, products, reports, search,
    settings, shell, sign_in, vouchers,
};
use crate::auth::Needs::{self, Caller, Nothing, OneOf, Session, SessionWith};
use crate::state::Shared;

/// A page, or the destination of a form.
pub(crate) struct PageRoute {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) handler: MethodRouter<Shared>,
}

/// A caller with either scope may record a payment: a pending one, or a captured one.
const PAY: &[ecomdb::Scope] = &[PaymentsWrite, PaymentsSettle];

/// All routes of the dashboard. Customers are refused, whatever the route requires.
#[rustfmt::skip]
pub(crate) fn all() -> Vec<PageRoute> {
    vec![
        // The shell
        page("/assets/{file}", Nothing, get(assets::show_asset)),
        form("/theme", Nothing, post(shell::set_theme)),
        page("/login", Nothing, get(sign_in::show_form)),
        form("/login", Nothing, post(sign_in::log_in)),
        form("/logout", Caller, post(sign_in::log_out)),
        page("/live", CatalogRead, get(live::listen)),
        page("/search", CatalogRead, get(search::show_results)),
        // Orders
        page("/orders", OrdersRead, get(orders::list_orders)),
        page("/orders.csv", OrdersRead, get(orders::export_orders)),
        page("/orders/new", OrdersWrite, get(orders::write_order)),
        form("/orders/new", OrdersWrite, post(orders::place_order)),
        form("/orders/views", OrdersRead, post(orders::save_view)),
        form("/orders/views/remove", OrdersRead, post(orders::remove_view)),
        page("/orders/{id}", OrdersRead, get(orders::show_order)),
        page("/orders/{id}/invoice", OrdersRead, get(print::show_invoice)),
        page("/orders/{id}/packing-slip", OrdersRead, get(print::show_packing_slip)),
        page("/orders/print", OrdersRead, get(print::show_papers)),
        page("/orders/{id}/pay", OneOf(PAY), get(orders::show_payment_form)),
        form("/orders/{id}/pay", OneOf(PAY), post(orders::take_payment)),
        page("/orders/{id}/shipping-address", OrdersWrite, get(orders::show_shipping_address)),
        form("/orders/{id}/shipping-address", OrdersWrite, post(orders::set_shipping_address)),
        page("/orders/{id}/billing-address", OrdersWrite, get(orders::show_billing_address)),
        form("/orders/{id}/billing-address", OrdersWrite, post(orders::set_billing_address)),
        page("/orders/{id}/extend", OrdersWrite, get(orders::ask_to_extend)),
        form("/orders/{id}/extend", OrdersWrite, post(orders::extend_order)),
        page("/orders/{id}/cancel", OrdersWrite, get(orders::ask_to_cancel)),
        form("/orders/{id}/cancel", OrdersWrite, post(orders::cancel_order)),
        page("/orders/{id}/refund", PaymentsSettle, get(orders::show_refund_form)),
        form("/orders/{id}/refund", PaymentsSettle, post(orders::refund_order)),
        page("/payments/{id}/capture", PaymentsSettle, get(orders::ask_to_capture)),
        form("/payments/{id}/capture", PaymentsSettle, post(orders::capture)),
        page("/payments/{id}/fail", PaymentsSettle, get(orders::ask_to_fail)),
        form("/payments/{id}/fail", PaymentsSettle, post(orders::fail)),
        page("/payments/{id}/return", PaymentsSettle, get(orders::ask_to_return)),
        form("/payments/{id}/return", PaymentsSettle, post(orders::return_late)),
        page("/payments/late", PaymentsRead, get(orders::list_late)),
        // Overview
        page("/", ReportsRead, get(overview::show_overview)),
        // Products
        page("/products", CatalogRead, get(products::list_products)),
        page("/products.csv", CatalogRead, get(products::export_products)),
        page("/products/new", CatalogWrite, get(products::new_product)),
        form("/products/new", CatalogWrite, post(products::create_product)),
        page("/products/{id}", CatalogRead, get(products::show_product)),
        page("/products/{id}/edit", CatalogWrite, get(products::edit_product)),
        form("/products/{id}/edit", CatalogWrite, post(products::update_product)),
        form("/products/{id}/archive", CatalogWrite, post(products::archive_product)),
        form("/products/{id}/unarchive", CatalogWrite, post(products::unarchive_product)),
        // Product groups
        page("/product-groups", CatalogRead, get(groups::list_groups)),
        page("/product-groups/new", CatalogWrite, get(groups::new_group)),
        form("/product-groups/new", CatalogWrite, post(groups::create_group)),
        page("/product-groups/{id}", CatalogRead, get(groups::show_group)),
        page("/product-groups/{id}/edit", CatalogWrite, get(groups::edit_group)),
        form("/product-groups/{id}/edit", CatalogWrite, post(groups::update_group)),
        page("/product-groups/{id}/delete", CatalogWrite, get(groups::confirm_deletion)),
        form("/product-groups/{id}/delete", CatalogWrite, post(groups::delete_group)),
        // Vouchers
        page("/vouchers", VouchersRead, get(vouchers::list_vouchers)),
        page("/vouchers.csv", VouchersRead, get(vouchers::export_vouchers)),
        page("/vouchers/new", VouchersWrite, get(vouchers::new_voucher)),
        form("/vouchers/new", VouchersWrite, post(vouchers::create_voucher)),
        page("/vouchers/{id}", VouchersRead, get(vouchers::show_voucher)),
        page("/vouchers/{id}/edit", VouchersWrite, get(vouchers::edit_voucher)),
        form("/vouchers/{id}/edit", VouchersWrite, post(vouchers::update_voucher)),
        page("/vouchers/{id}/delete", VouchersWrite, get(vouchers::confirm_deletion)),
        form("/vouchers/{id}/delete", VouchersWrite, post(vouchers::delete_voucher)),
        // Customers
        page("/customers", ReportsRead, get(customers::list_customers)),
        page("/customers.csv", ReportsRead, get(customers::export_customers)),
        page("/customers/new", UsersManage, get(customers::new_customer)),
        form("/customers/new", UsersManage, post(customers::create_customer)),
        page("/customers/{id}", UsersRead, get(customers::show_customer)),
        page("/customers/{id}/data.json", UsersRead, get(customers::export_customer)),
        page("/customers/{id}/edit", UsersWrite, get(customers::edit_customer)),
        form("/customers/{id}/edit", UsersWrite, post(customers::update_customer)),
        form("/customers/{id}/disable", UsersManage, post(customers::disable_customer)),
        form("/customers/{id}/enable", UsersManage, post(customers::enable_customer)),
        page("/customers/{id}/anonymise", UsersManage, get(customers::confirm_anonymisation)),
        form("/customers/{id}/anonymise", UsersManage, post(customers::anonymise_customer)),
        // Categories
        page("/categories", CatalogRead, get(categories::list_categories)),
        page("/categories/new", CatalogWrite, get(categories::new_category)),
        form("/categories/new", CatalogWrite, post(categories::create_category)),
        page("/categories/{id}/edit", CatalogWrite, get(categories::edit_category)),
        form("/categories/{id}/edit", CatalogWrite, post(categories::update_category)),
        page("/categories/{id}/delete", CatalogWrite, get(categories::confirm_deletion)),
        form("/categories/{id}/delete", CatalogWrite, post(categories::delete_category)),
        // Reports
        page("/reports", ReportsRead, get(reports::list_reports)),
        page("/reports/{name}", ReportsRead, get(reports::show_report)),
        // Inventory
        page("/inventory", InventoryRead, get(inventory::list_inventory)),
        page("/inventory.csv", InventoryRead, get(inventory::export_inventory)),
        page("/inventory/{id}", InventoryRead, get(inventory::show_ledger)),
        page("/inventory/{id}/ledger.csv", InventoryRead, get(inventory::export_ledger)),
        form("/inventory/{id}/book", InventoryWrite, post(inventory::book_movement)),
        page("/inventory/{id}/count", InventoryWrite, get(inventory::confirm_count)),
        // Settings
        page("/settings", CatalogRead, get(settings::show_settings)),
        page("/settings/shop", CatalogRead, get(settings::show_shop)),
        form("/settings/shop", ShopManage, post(settings::update_shop)),
        page("/settings/account", Session, get(settings::show_account)),
        form("/settings/account/password", Session, post(settings::change_password)),
        form("/settings/account/sessions/{id}/end", Session, post(settings::end_session)),
        form("/settings/account/sessions/end-others", Session, post(settings::end_other_sessions)),
        page("/settings/users", UsersManage, get(settings::list_users)),
        page("/settings/users/new", UsersManage, get(settings::new_user)),
        form("/settings/users/new", SessionWith(UsersManage), post(settings::create_user)),
        page("/settings/users/{id}", UsersManage, get(settings::show_user)),
        form("/settings/users/{id}/role", SessionWith(UsersManage), post(settings::set_role)),
        form("/settings/users/{id}/status", SessionWith(UsersManage), post(settings::set_status)),
        form("/settings/users/{id}/password", SessionWith(UsersManage), post(settings::set_password)),
        page("/settings/keys", Session, get(settings::list_keys)),
        page("/settings/keys/new", Session, get(settings::new_key)),
        form("/settings/keys/new", Session, post(settings::create_key)),
        form("/settings/keys/{id}/revoke", Session, post(settings::revoke_key)),
        page("/settings/about", CatalogRead, get(settings::show_about)),
        form("/settings/about/check", ShopManage, post(settings::check_shop)),
    ]
}

fn page(path: &'static str, needs: impl Into<Needs>, handler: MethodRouter<Shared>) -> PageRoute {
    PageRoute { method: Method::GET, path, needs: needs.into(), handler }
}

fn form(path: &'static str, needs: impl Into<Needs>, handler: MethodRouter<Shared>) -> PageRoute {
    PageRoute { method: Method::POST, path, needs: needs.into(), handler }
}
