//! `ecomdb user`

use std::io::IsTerminal;

use clap::{Args, Subcommand};
use ecomdb::{
    Database, DossierJson, NewUser, PageRequest, Password, Role, Rows, User, UserFilter, UserId, UserPatch, UserStatus,
    quoted,
};

use super::terminal::{ask, first_line, say, to_stdout};
use super::{Failure, Outcome, open_existing, open_to_read};

/// Operations on one user, not settings: they have no environment variables.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a user who can log in.
    Create(Create),
    /// List users: id, e-mail address, role, status and name.
    List {
        /// Only users of this role: customer, staff or admin.
        #[arg(long)]
        role: Option<Role>,
        /// Only users with all of these words, or their beginnings, in e-mail address and name.
        #[arg(long)]
        search: Option<String>,
    },
    /// Set a user's role. This includes the last admin: then create another one, so that someone can manage users over
    /// HTTP.
    SetRole {
        /// Id or e-mail address.
        user: String,
        /// customer, staff or admin.
        role: Role,
    },
    /// Set a user's password, which ends all of the user's sessions.
    SetPassword {
        /// Id or e-mail address.
        user: String,
        #[command(flatten)]
        password: From,
    },
    /// Disable a user, who then can neither log in nor order, and end all of the user's sessions.
    Disable {
        /// Id or e-mail address.
        user: String,
    },
    /// Print everything that is stored about a user as JSON, without hashes: former names, sessions, API keys, uses of
    /// vouchers, and orders with their payments, each on a line.
    Dossier {
        /// Id or e-mail address.
        user: String,
    },
    /// Replace a user's name and e-mail address with placeholders, also in all orders, and disable the user; the orders are kept. This
    /// cannot be undone.
    Anonymise {
        /// Id or e-mail address.
        user: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Enable a disabled user.
    Enable {
        /// Id or e-mail address.
        user: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// E-mail address, which is the login name.
    #[arg(long)]
    email: String,
    /// Given name.
    #[arg(long)]
    first_name: String,
    /// Family name.
    #[arg(long)]
    last_name: String,
    /// customer (buys), staff (runs the shop) or admin (also manages users).
    #[arg(long, default_value = "customer")]
    role: Role,
    #[command(flatten)]
    password: From,
}

/// The source of a password: never the command line, which every process on the machine can read.
#[derive(Debug, Args)]
pub(super) struct From {
    /// Read the password from the first line of standard input. By default it is asked for on a terminal, or else
    /// generated and printed.
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(url: &str, command: Command) -> Outcome {
    match command {
        Command::Create(create) => self::create(url, &create),
        Command::List { role, search } => list(&open_to_read(url)?, role, search),
        Command::SetRole { user, role } => {
            let db = open_existing(url)?;
            tell(&db.accounts().set_role(find(&db, &user)?.id, role)?)
        }
        Command::SetPassword { user, password } => {
            let db = open_existing(url)?;
            let user = find(&db, &user)?;
            let (password, made_up) = password.read()?;
            db.accounts().set_password(user.id, &password)?;
            tell(&user)?;
            show(&password, made_up)
        }
        Command::Disable { user } => set_status(&open_existing(url)?, &user, UserStatus::Disabled),
        Command::Dossier { user } => dossier(&open_to_read(url)?, &user),
        Command::Anonymise { user, yes } => anonymise(url, &user, yes),
        Command::Enable { user } => set_status(&open_existing(url)?, &user, UserStatus::Active),
    }
}

fn create(url: &str, create: &Create) -> Outcome {
    let user = NewUser::new(&create.email, &create.first_name, &create.last_name).map_err(ecomdb::Error::from)?;
    let (password, made_up) = create.password.read()?;
    let user = Database::open(url)?.accounts().create(user, create.role, &password)?;
    tell(&user)?;
    show(&password, made_up)
}

impl From {
    /// The password, and whether it was generated.
    fn read(&self) -> Result<(Password, bool), Failure> {
        let unreadable = |error| Failure::Failed(format!("the password cannot be read: {error}"));
        let typed = if self.password_stdin {
            first_line().map_err(unreadable)?
        } else if std::io::stdin().is_terminal() {
            let typed = rpassword::prompt_password("Password (empty for one that is made up): ").map_err(unreadable)?;
            if !typed.is_empty() && rpassword::prompt_password("Once more: ").map_err(unreadable)? != typed {
                return Err(Failure::Failed("these were two different passwords; nothing was changed".to_owned()));
            }
            typed
        } else {
            String::new()
        };
        if typed.is_empty() && !self.password_stdin {
            return Ok((Password::random(), true));
        }
        Ok((Password::new(typed).map_err(ecomdb::Error::from)?, false))
    }
}

fn show(password: &Password, made_up: bool) -> Outcome {
    if made_up {
        say(format_args!("password: {} (it is not shown again)", password.expose()))?;
    }
    Ok(())
}

fn list(db: &Database, role: Option<Role>, search: Option<String>) -> Outcome {
    let mut filter = UserFilter::default();
    (filter.role, filter.search) = (role, search);
    Rows::new(|page| db.users().list(&filter.clone().page(page))).try_for_each(|user| tell(&user?))
}

fn dossier(db: &Database, user: &str) -> Outcome {
    let user = find(db, user)?.id;
    to_stdout(|out| {
        let (mut json, mut next) = (DossierJson::default(), Some(PageRequest::default()));
        while let Some(page) = next {
            next = json.page(db.users().dossier(user, &page)?, out)?;
        }
        Ok(1)
    })
}

fn set_status(db: &Database, user: &str, status: UserStatus) -> Outcome {
    let patch = UserPatch::default().status(status);
    tell(&db.users().update(find(db, user)?.id, patch)?)
}

fn anonymise(url: &str, user: &str, yes: bool) -> Outcome {
    if !yes && !std::io::stdin().is_terminal() {
        let message = "user anonymise cannot be undone: say --yes if that is meant";
        return Err(Failure::Usage(message.to_owned()));
    }
    let db = open_existing(url)?;
    let user = find(&db, user)?;
    if !yes {
        let question =
            format!("This deletes the name and the address of user {} ({}). Type yes to go on:", user.id, user.email);
        if ask(&question).ok().as_deref() != Some("yes") {
            return Err(Failure::Failed("nothing was changed".to_owned()));
        }
    }
    tell(&db.users().anonymise(user.id)?)
}

/// The user with this id or e-mail address.
pub(super) fn find(db: &Database, user: &str) -> Result<User, Failure> {
    if let Ok(id) = user.parse::<UserId>() {
        return Ok(db.users().get(id)?);
    }
    let found = db.users().find(user)?;
    found.ok_or_else(|| Failure::Failed(format!("no user has the e-mail address {}", quoted(user))))
}

fn tell(user: &User) -> Outcome {
    let User { id, email, role, status, first_name, last_name, .. } = user;
    say(format_args!("{id:>6}  {email:<40} {role:<9} {status:<9} {first_name} {last_name}"))
}
