//! The end of the server, for responses that would otherwise never end.

use tokio::sync::watch;

/// Request extension: tells when the server begins to stop. Without a server, as in tests, it never does.
#[derive(Debug, Clone)]
pub(crate) struct Ending(watch::Receiver<bool>);

impl Ending {
    /// The server's part, which sends true when it begins to stop, and the requests' part.
    pub(crate) fn channel() -> (watch::Sender<bool>, Self) {
        let (begin, ending) = watch::channel(false);
        (begin, Self(ending))
    }

    /// Waits until the server begins to stop.
    pub(crate) async fn begun(&mut self) {
        // Without a sender, the server has ended.
        let _ = self.0.wait_for(|has_begun| *has_begun).await;
    }
}
