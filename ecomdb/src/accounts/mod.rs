//! Passwords, sessions and API keys.

pub(crate) mod api_keys;
pub(crate) mod login;
pub(crate) mod password;
mod semaphore;
pub(crate) mod sessions;

pub use self::api_keys::{ApiKey, ApiKeyBuilder, ApiKeyFilter, NewApiKey};
pub use self::login::Login;
pub use self::password::Password;
pub(crate) use self::semaphore::Semaphore;
pub use self::sessions::Session;
