//! Reports are exact and fresh, on every engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

macro_rules! behaviours {
    ($(fn $name:ident($shop:ident) $body:block)+) => {
        $(fn $name($shop: &crate::shop::Shop) $body)+

        behaviours!(@on sqlite "sqlite" $($name)+);
        behaviours!(@on mysql "mysql" $($name)+);
        behaviours!(@on postgres "postgres" $($name)+);
    };
    (@on $engine:ident $feature:literal $($name:ident)+) => {
        #[cfg(feature = $feature)]
        mod $engine {
            $(#[test]
            fn $name() {
                super::$name(&crate::shop::Shop::$engine());
            })+
        }
    };
}

mod engines;
mod exact;
mod history;
mod model;
mod processes;
#[allow(dead_code, reason = "shared with the behaviour suite, which uses all of it")]
#[path = "../behaviour/shop.rs"]
mod shop;
mod views;
