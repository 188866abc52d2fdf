//! The `ecomdb` program.

fn main() {}
