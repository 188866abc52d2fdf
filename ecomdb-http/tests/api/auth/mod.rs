//! Who is known, and what they may do.

mod keys;
mod login;
mod matrix;
