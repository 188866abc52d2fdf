//! Stop signals: Ctrl-C and SIGTERM.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::terminal::complain;
use super::{Failure, Outcome};

/// Ready at the first signal. A second one ends the program at once.
#[cfg(unix)]
pub(super) fn asked() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
            end();
        });
    })
}

#[cfg(not(unix))]
pub(super) fn asked() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// For work that polls for cancellation: a flag that the signal sets, and a callback.
pub(super) fn flag(on_stop: impl FnOnce() + Send + 'static) -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    when_asked(move || {
        raised.store(true, Ordering::Relaxed);
        on_stop();
    })?;
    Ok(flag)
}

/// For work that writes files and cannot be cancelled: a signal ends the program and removes unfinished files.
pub(super) fn ends_the_program() -> Outcome {
    let ends = when_asked(|| {
        complain("interrupted: no file was written");
        end();
    });
    ends.map_err(|error| Failure::Failed(format!("cannot listen for Ctrl-C: {error}")))
}

/// Calls the function on a thread of its own at the first signal.
fn when_asked(call: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let asked = {
        let _context = runtime.enter();
        asked()?
    };
    std::thread::Builder::new().name("ecomdb-stop".to_owned()).spawn(move || {
        runtime.block_on(async {
            asked.await;
            call();
            // For the second signal.
            std::future::pending::<()>().await;
        });
    })?;
    Ok(())
}

/// Ends the program and removes its unfinished files.
fn end() -> ! {
    ecomdb::discard_unfinished_files();
    std::process::exit(1);
}
