//! Roles and their scopes.

use super::text_enum::text_enum;

text_enum! {
    /// Role of a user.
    Role {
        /// Buys for itself and reads the catalog.
        Customer = "customer",
        /// Works in the shop: catalog, inventory, orders, payments and reports; reads users.
        Staff = "staff",
        /// Has all scopes; manages users, roles and API keys.
        Admin = "admin",
    }
}

text_enum! {
    /// A permission. A role has a set of them, an API key a subset of its user's.
    Scope {
        /// Read categories, products and prices.
        CatalogRead = "catalog:read",
        /// Change categories, products and prices.
        CatalogWrite = "catalog:write",
        /// Read stock levels and the stock ledger.
        InventoryRead = "inventory:read",
        /// Book stock movements.
        InventoryWrite = "inventory:write",
        /// Read users; a customer, only itself.
        UsersRead = "users:read",
        /// Change names of users; a customer, only its own.
        UsersWrite = "users:write",
        /// Create, disable and delete users; change their addresses, roles and passwords; manage their API keys.
        UsersManage = "users:manage",
        /// Read orders; a customer, only its own.
        OrdersRead = "orders:read",
        /// Place and cancel orders; a customer, only its own.
        OrdersWrite = "orders:write",
        /// State discounts, shipping, fees and taxes of orders to place.
        OrdersAdjust = "orders:adjust",
        /// Read payments; a customer, only those of its orders.
        PaymentsRead = "payments:read",
        /// Start payments; a customer, only of its orders.
        PaymentsWrite = "payments:write",
        /// Capture, fail, settle, return and refund payments.
        PaymentsSettle = "payments:settle",
        /// Read vouchers.
        VouchersRead = "vouchers:read",
        /// Create, change and delete vouchers.
        VouchersWrite = "vouchers:write",
        /// Read reports.
        ReportsRead = "reports:read",
        /// Read metrics of the server.
        MetricsRead = "metrics:read",
        /// Change the settings of the shop: name, currency and time zone.
        ShopManage = "shop:manage",
    }
}

impl Role {
    /// All scopes of the role. A customer is limited to its own rows.
    ///
    /// ```
    /// use ecomdb::{Role, Scope};
    ///
    /// assert!(Role::Customer.scopes().contains(&Scope::OrdersWrite));
    /// assert!(!Role::Staff.scopes().contains(&Scope::UsersManage));
    /// assert_eq!(Role::Admin.scopes(), Scope::ALL);
    /// ```
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        use Scope::*;
        match self {
            Self::Customer => {
                &[CatalogRead, UsersRead, UsersWrite, OrdersRead, OrdersWrite, PaymentsRead, PaymentsWrite]
            }
            Self::Staff => &[
                CatalogRead,
                CatalogWrite,
                InventoryRead,
                InventoryWrite,
                UsersRead,
                OrdersRead,
                OrdersWrite,
                OrdersAdjust,
                PaymentsRead,
                PaymentsWrite,
                PaymentsSettle,
                VouchersRead,
                VouchersWrite,
                ReportsRead,
            ],
            Self::Admin => Scope::ALL,
        }
    }
}
