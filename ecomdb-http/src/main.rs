//! The `ecomdb` program.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// glibc's allocator does not return the memory of 10,000 connections after they are closed.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
