//! Roles, and the scopes that they are made of.

use crate::types::text_enum::text_enum;

text_enum! {
    /// What a user is in the shop.
    Role {
        /// Buys: sees and orders for itself, and reads the catalog.
        Customer = "customer",
        /// Works the shop: catalog, inventory, orders, payments and reports; reads users.
        Staff = "staff",
        /// May do everything, and manages users, their roles and their keys.
        Admin = "admin",
    }
}

text_enum! {
    /// Something that may be allowed. A role has some of them, and an API key some of those of its user.
    Scope {
        /// Read categories, products and prices.
        CatalogRead = "catalog:read",
        /// Change them.
        CatalogWrite = "catalog:write",
        /// Read stock levels and their ledger.
        InventoryRead = "inventory:read",
        /// Book goods in and out.
        InventoryWrite = "inventory:write",
        /// Read users; a customer, itself.
        UsersRead = "users:read",
        /// Change the names of users; a customer, its own.
        UsersWrite = "users:write",
        /// Create and delete users, disable them, change their addresses, roles and passwords, manage their API keys.
        UsersManage = "users:manage",
        /// Read orders; a customer, its own.
        OrdersRead = "orders:read",
        /// Place and cancel orders; a customer, its own.
        OrdersWrite = "orders:write",
        /// Read payments; a customer, those of its orders.
        PaymentsRead = "payments:read",
        /// Begin to pay; a customer, its own orders.
        PaymentsWrite = "payments:write",
        /// Say that money has come or not (capture, fail), and give it back (refund).
        PaymentsSettle = "payments:settle",
        /// Read reports.
        ReportsRead = "reports:read",
        /// Read what the server counts about itself.
        MetricsRead = "metrics:read",
    }
}

impl Role {
    /// Everything that the role may do. A customer may do it to what is its own, and no more.
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
                PaymentsRead,
                PaymentsWrite,
                PaymentsSettle,
                ReportsRead,
            ],
            Self::Admin => Scope::ALL,
        }
    }
}
