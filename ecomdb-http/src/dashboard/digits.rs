//! Integers for people: thousands separators, decimal places, and a minus sign of the width of a digit.

/// A decimal number from an integer: `−1,234.50` for -123450 with 2 decimal places.
pub(crate) fn decimal(value: i128, decimals: u32) -> String {
    let sign = if value < 0 { "\u{2212}" } else { "" };
    let (value, whole) = (value.unsigned_abs(), 10_u128.pow(decimals));
    let text = format!("{sign}{}", grouped(value / whole));
    if decimals == 0 { text } else { format!("{text}.{:0places$}", value % whole, places = decimals as usize) }
}

fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
