//! `ecomdb shop`

use clap::Args;
use ecomdb::{Shop, ShopPatch};

use super::terminal::say;
use super::{Outcome, open_existing, open_to_read};

/// These change the shop; they are not settings of the program, so they have no environment variables.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The new name.
    #[arg(long)]
    name: Option<String>,
    /// The new currency: the ISO 4217 code of one with 2 decimals, such as EUR. Amounts are not converted.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// The new time zone of the shop, by its IANA name, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

pub(super) fn run(url: &str, Arguments { name, currency, time_zone }: Arguments) -> Outcome {
    let mut patch = ShopPatch::default();
    (patch.name, patch.currency, patch.time_zone) = (name, currency, time_zone);
    let shop = match patch == ShopPatch::default() {
        true => open_to_read(url)?.shop().get()?,
        false => open_existing(url)?.shop().update(patch)?,
    };
    tell(&shop)
}

fn tell(Shop { name, currency, time_zone, .. }: &Shop) -> Outcome {
    say(format_args!("name       {name}\ncurrency   {currency}\ntime zone  {time_zone}"))
}
