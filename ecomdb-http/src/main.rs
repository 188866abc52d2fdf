//! The `ecomdb` program.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The system's allocator keeps what ten thousand connections needed, long after they are gone.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
