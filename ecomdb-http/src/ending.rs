//! The shutdown of the server, for responses that would otherwise never end.

use tokio::sync::watch;

/// Request extension that announces the shutdown. Without a server, as in tests, there is no shutdown.
#[derive(Debug, Clone)]
pub(crate) struct Ending(watch::Receiver<bool>);

impl Ending {
    /// The sender for the server, which sends true when the shutdown begins, and the receiver for requests.
    pub(crate) fn channel() -> (watch::Sender<bool>, Self) {
        let (begin, ending) = watch::channel(false);
        (begin, Self(ending))
    }

    /// Waits until the shutdown begins.
    pub(crate) async fn begun(&mut self) {
        // Without a sender, the server has ended.
        let _ = self.0.wait_for(|has_begun| *has_begun).await;
    }
}
