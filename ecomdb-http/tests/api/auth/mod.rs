//! Who is known, and what they may do.

mod documented;
mod keys;
mod late_body;
mod login;
mod matrix;
