//! Being asked to stop: by Ctrl-C, or by whoever started the program.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ready when the program is asked to stop. Asked again, it stops at once.
#[cfg(unix)]
pub(super) fn asked() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
            std::process::exit(1);
        });
    })
}

#[cfg(not(unix))]
pub(super) fn asked() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// For work that asks from time to time whether it should stop: a flag that is up once it should, and what is called when
/// it goes up.
pub(super) fn flag(on_stop: impl FnOnce() + Send + 'static) -> io::Result<Arc<AtomicBool>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let asked = {
        let _context = runtime.enter();
        asked()?
    };
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    std::thread::Builder::new().name("ecomdb-stop".to_owned()).spawn(move || {
        runtime.block_on(async {
            asked.await;
            raised.store(true, Ordering::Relaxed);
            on_stop();
            // For the second time.
            std::future::pending::<()>().await;
        });
    })?;
    Ok(flag)
}
