#![doc = include_str!("../README.md")]

mod analytics;
mod auth;
mod backend;
mod catalog;
mod database;
mod error;
mod export;
mod files;
pub mod generator;
mod idempotency;
mod invalid;
mod inventory;
mod ordering;
mod payments;
mod schema;
mod shortage;
mod tables;
mod types;
mod unavailable;
mod users;

pub use analytics::{
    Analytics, AverageOrderValue, BoughtTogether, CategoryRevenue, CohortMonth, Column, ColumnKind, FunnelStage,
    FunnelStep, Granularity, LowStock, MonthlyRevenue, NewAndReturning, Period, ProductRevenue, Question, Report,
    ReportRows, RfmCustomer, RfmSegment, RfmSegmentSummary, StockCover, TimeZone, TopCustomer, TopProduct,
    TotalRevenue, Trend, TrendStep, UnpaidOrder, Value, metrics,
};
pub use auth::{
    Accounts, ApiKey, ApiKeyFilter, Caller, Credential, Guarded, Login, NewApiKey, OnBehalf, Password, Role, Scope,
    Session, Token,
};
#[cfg(feature = "mysql")]
pub use backend::MysqlConnection;
#[cfg(feature = "postgres")]
pub use backend::PgConnection;
pub use backend::{Connection, redacted};
pub use catalog::{
    Categories, Category, CategoryPatch, CategoryRef, NewCategory, NewProduct, PriceChange, Product, ProductBuilder,
    ProductFilter, ProductPatch, ProductSort, ProductStatus, Products,
};
pub use database::{Access, CheckReport, CheckResult, Database, DatabaseBuilder, Finding, Statistics};
pub use error::{Conflict, Error, FieldError, Forbidden, Invalid, Result, Unavailable};
pub use export::ExportFormat;
pub use files::discard_unfinished_files;
pub use idempotency::IdempotencyKey;
pub use inventory::{Inventory, Movement, MovementReason, StockLevel};
pub use ordering::{
    NewOrder, Order, OrderBuilder, OrderFilter, OrderItem, OrderSort, OrderStatus, OrderSummary, OrderUser, Orders,
};
pub use payments::{NewPayment, NewRefund, Payment, PaymentFilter, PaymentMethod, PaymentStatus, Payments, Refund};
pub use tables::{Cell, CellKind, Cells, Table, TableColumn};
pub use types::{
    ApiKeyId, CategoryId, Change, Cursor, Email, Limit, Money, MovementId, OrderId, Page, PageRequest, ParseMoneyError,
    PaymentId, ProductId, Quantity, RefundId, SessionId, UserId, excerpt, quoted, whole_number,
};
pub use users::{NewUser, User, UserFilter, UserPatch, UserSort, UserStatus, Users};
