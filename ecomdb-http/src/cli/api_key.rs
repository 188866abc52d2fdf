//! `ecomdb api-key`

use chrono::{TimeDelta, Utc};
use clap::Subcommand;
use ecomdb::{ApiKey, ApiKeyFilter, ApiKeyId, NewApiKey, Rows, Scope};

use super::terminal::{note, say};
use super::{Outcome, open_existing, open_to_read, user};

/// Operations on one key, not settings: they have no environment variables.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an API key and print its secret, which is not shown again.
    Create {
        /// The owner: id or e-mail address.
        #[arg(long)]
        user: String,
        /// Purpose of the key.
        #[arg(long)]
        name: String,
        /// Scopes such as orders:read, separated by commas.
        #[arg(long = "scopes", required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
        /// Days until the key expires; without it, the key does not expire.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
    },
    /// List keys: id, user, state, name and scopes.
    List {
        /// Only keys of this user: id or e-mail address.
        #[arg(long)]
        user: Option<String>,
    },
    /// Revoke a key at once.
    Revoke {
        /// Id of the key.
        id: ApiKeyId,
    },
}

pub(super) fn run(url: &str, command: Command) -> Outcome {
    match command {
        Command::Create { user, name, scopes, days } => {
            let db = open_existing(url)?;
            let expires_at = days.map(|days| Utc::now() + TimeDelta::days(days.into()));
            let user = user::find(&db, &user)?.id;
            let key =
                NewApiKey::builder(user, &name, scopes).expires_at(expires_at).build().map_err(ecomdb::Error::from)?;
            let (token, key) = db.accounts().create_key(key)?;
            note(format_args!("API key {} of user {user}; it is not shown again:", key.id));
            say(token.expose())?;
        }
        Command::List { user } => {
            let db = open_to_read(url)?;
            let user_id = user.map(|user| user::find(&db, &user)).transpose()?.map(|user| user.id);
            let mut filter = ApiKeyFilter::default();
            filter.user_id = user_id;
            for key in Rows::new(|page| db.accounts().keys(&filter.clone().page(page))) {
                tell(&key?)?;
            }
        }
        Command::Revoke { id } => tell(&open_existing(url)?.accounts().revoke_key(id)?)?,
    }
    Ok(())
}

fn tell(key: &ApiKey) -> Outcome {
    let state = match key {
        ApiKey { revoked_at: Some(_), .. } => "revoked",
        ApiKey { expires_at: Some(end), .. } if *end <= Utc::now() => "expired",
        _ => "valid",
    };
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    say(format_args!("{:>6}  user {:<6} {state:<8} {} ({})", key.id, key.user_id, key.name, scopes.join(", ")))
}
