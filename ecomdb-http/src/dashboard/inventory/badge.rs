//! Badges of stocks that need attention.

/// The badge of a stock that is low or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dashboard) struct StockBadge {
    /// Class of the style sheet.
    pub(in crate::dashboard) class: &'static str,
    pub(in crate::dashboard) icon: &'static str,
    pub(in crate::dashboard) word: &'static str,
}

impl StockBadge {
    const EMPTY: Self = Self { class: "is-failed", icon: "circle-x", word: "Out of stock" };
    const LOW: Self = Self { class: "is-pending", icon: "triangle-alert", word: "Low" };

    /// The badge of a stock with this reorder level. Callers who may not see the numbers learn only whether anything is
    /// in stock.
    pub(in crate::dashboard) fn of(stock: Option<i64>, level: Option<i64>, is_in_stock: bool) -> Option<Self> {
        match (stock, level) {
            _ if !is_in_stock => Some(Self::EMPTY),
            (Some(stock), Some(level)) if stock <= level => Some(Self::LOW),
            _ => None,
        }
    }
}
