//! The migrations are embedded at compile time; this makes a changed one recompile the crate.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
