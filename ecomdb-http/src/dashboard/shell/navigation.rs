//! The sections of the dashboard, as the navigation lists them.

use ecomdb::Scope;

macro_rules! sections {
    ($($name:ident = $path:literal, $label:literal, $scope:ident, $icon:literal, $key:literal;)+) => {
        /// A section of the dashboard.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Section {
            $($name,)+
        }

        /// All links of the navigation, in its order.
        const ALL: &[Link] = &[$(Link {
            section: Section::$name,
            path: $path,
            label: $label,
            scope: Scope::$scope,
            icon: $icon,
            key: $key,
        }),+];
    };
}

// Path, label, the scope that it needs, icon, and the key that opens it after `g`. On a phone, the first four are
// always visible.
sections! {
    Overview = "/", "Overview", ReportsRead, "layout-dashboard", "h";
    Orders = "/orders", "Orders", OrdersRead, "receipt-text", "o";
    Products = "/products", "Products", CatalogRead, "package", "p";
    Customers = "/customers", "Customers", UsersRead, "users", "u";
    Inventory = "/inventory", "Inventory", InventoryRead, "warehouse", "i";
    Categories = "/categories", "Categories", CatalogRead, "folder-tree", "c";
    Vouchers = "/vouchers", "Vouchers", VouchersRead, "tag", "v";
    Reports = "/reports", "Reports", ReportsRead, "chart-column", "r";
    Settings = "/settings", "Settings", CatalogRead, "settings", "s";
}

/// A link of the navigation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) section: Section,
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    scope: Scope,
    pub(crate) icon: &'static str,
    /// The key that opens it after `g`.
    pub(crate) key: &'static str,
}

/// The links that a caller with these scopes can follow.
pub(super) fn links(can: impl Fn(Scope) -> bool) -> Vec<Link> {
    ALL.iter().copied().filter(|link| can(link.scope)).collect()
}
