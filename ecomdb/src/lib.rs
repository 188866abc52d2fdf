#![doc = include_str!("../README.md")]
// Bulk loading serves the generator alone, and some of users and callers accounts alone. With both, unused code is reported.
#![cfg_attr(
    not(all(feature = "accounts", feature = "generator")),
    allow(dead_code, unreachable_pub, unused_imports, reason = "used by the features accounts and generator")
)]

// From the ground up: each imports only those above it in this list. The test `storeys` keeps it.
mod types;

mod error;

mod files;

mod engine;

pub mod schema;

mod constraints;

mod migrations;

mod context;
mod idempotency;

mod shop;

mod search;

mod users;

mod inventory;

mod catalog;

mod vouchers;

mod ordering;

mod payments;

mod analytics;

#[cfg(feature = "accounts")]
mod accounts;

mod dossier;

mod tables;

mod check;
mod export;

#[cfg(feature = "generator")]
pub mod generator;

mod database;

/// The version of Diesel that [`Connection`] and [`schema`] belong to.
///
/// Diesel's macros name the crate `diesel`, so an application that defines tables of its own depends on it, too:
/// `diesel = { version = "~2.3.14", default-features = false }`.
pub use ::diesel;
#[cfg(feature = "accounts")]
pub use accounts::{ApiKey, ApiKeyBuilder, ApiKeyFilter, Login, NewApiKey, Password, Session};
pub use analytics::rows::*;
pub use analytics::{
    CustomerFilter, CustomerList, CustomerSort, CustomerSummary, FunnelStage, Granularity, Question, Report,
    ReportRows, RfmSegment, Trend, metrics,
};
pub use catalog::{
    Category, CategoryBuilder, CategoryPatch, CategoryRef, ExternalId, NewCategory, NewProduct, NewProductGroup,
    OptionValues, PriceChange, Product, ProductBuilder, ProductFilter, ProductGroup, ProductGroupBuilder,
    ProductGroupPatch, ProductGroupSummary, ProductImage, ProductPatch, ProductSort,
};
pub use check::{CheckReport, CheckResult, Finding};
pub use context::{Caller, Credential, Token};
#[cfg(feature = "accounts")]
pub use database::Accounts;
pub use database::{
    Access, Analytics, Asynchronous, Categories, Changes, Database, DatabaseBuilder, Guarded, Inventory, NoKey,
    OnBehalf, OperationKey, Orders, Payments, Pending, ProductGroups, Products, ShopSettings, Statistics, Users,
    Vouchers, WithKey,
};
pub use dossier::{Dossier, DossierJson, VoucherUse};
#[cfg(feature = "mysql")]
pub use engine::MysqlConnection;
#[cfg(feature = "postgres")]
pub use engine::PgConnection;
pub use engine::{Cell, CellKind, Cells, Column, Connection, Engine, redacted, sqlite_file};
pub use error::{Conflict, Error, Forbidden, Result, Unavailable};
pub use export::ExportFormat;
pub use files::{IfExists, discard_unfinished_files};
pub use inventory::{Movement, StockFilter, StockLevel};
pub use ordering::{
    Address, AddressBuilder, NewOrder, NewPayment, Order, OrderAdjustment, OrderBuilder, OrderFilter, OrderItem,
    OrderNeighbours, OrderQuote, OrderSort, OrderSummary, Payment, PaymentBuilder, Refund,
};
pub use payments::{NewRefund, PaymentFilter, RefundBuilder, Settlement};
pub use shop::{Shop, ShopPatch};
pub use tables::{Csv, Summary, Table, TableSummary};
pub use types::{
    AddressKind, AdjustmentKind, ApiKeyId, CancelReason, CategoryId, Change, Country, Currency, Cursor, Email,
    FieldError, HoldMinutes, IdempotencyKey, Invalid, Limit, Money, MovementId, MovementReason, OrderId, OrderStatus,
    Page, PagePosition, PageRequest, ParseMoneyError, PaymentId, PaymentMethod, PaymentOutcome, PaymentState,
    PaymentStatus, Period, ProductGroupId, ProductId, ProductStatus, Quantity, RefundId, Role, RowCount, Rows, Scope,
    SessionId, TimeZone, UserId, UserStatus, VoucherId, VoucherKind, excerpt, quoted, whole_number,
};
pub use users::{Buyer, NewUser, OrderUser, User, UserFilter, UserPatch, UserSort};
pub use vouchers::{NewVoucher, Voucher, VoucherBuilder, VoucherFilter, VoucherPatch};

/// The examples of the documents are compiled and run.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../docs/http.md")]
    mod http {}
    #[doc = include_str!("../../docs/using.md")]
    mod using {}
}
