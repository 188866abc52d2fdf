//! Who is known, and what they may do.

mod documented;
mod keys;
mod login;
mod matrix;
