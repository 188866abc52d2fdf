//! The scenario of `ecomdb generate`: a preset with any of its settings changed.

use chrono::{DateTime, NaiveTime, Utc};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use ecomdb::Period;
use ecomdb::generator::{Preset, Scenario, ScenarioError, Setting, SettingValue};

use super::Failure;

/// The requested scenario.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The preset, which supplies all values that are not given.
    #[arg(long, env = "ECOMDB_PRESET", default_value_t, value_parser = preset())]
    preset: Preset,

    /// When the shop opens: a day such as 2026-01-31, a month, a year, or a time.
    /// By default the preset's period before the end.
    #[arg(long, value_name = "DAY", env = "ECOMDB_FROM", value_parser = moment)]
    from: Option<DateTime<Utc>>,

    /// When the period of the shop ends: a day, month, year or time. By default today.
    #[arg(long, value_name = "DAY", env = "ECOMDB_UNTIL", value_parser = moment)]
    until: Option<DateTime<Utc>>,

    #[command(flatten)]
    settings: Settings,
}

/// The settings given as options, which [`Setting::ALL`] declares.
#[derive(Debug, Default)]
struct Settings(Vec<(&'static Setting, SettingValue)>);

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        command.args(Setting::ALL.iter().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |setting: &'static Setting| Some((setting, *matches.get_one(setting.name)?));
        Ok(Self(Setting::ALL.iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn option(setting: &'static Setting) -> Arg {
    Arg::new(setting.name)
        .long(flag(setting.name))
        .env(format!("ECOMDB_{}", setting.name.to_uppercase()))
        .value_name(setting.placeholder())
        .value_parser(move |text: &str| setting.parse(text))
        .allow_negative_numbers(true)
        .help_heading(setting.heading)
        .help(setting.about.trim_end_matches('.'))
}

fn flag(field: &str) -> String {
    field.replace('_', "-")
}

fn preset() -> impl TypedValueParser<Value = Preset> {
    let presets = Preset::ALL.iter().map(|preset| PossibleValue::new(preset.as_str()).help(preset.meaning()));
    PossibleValuesParser::new(presets).try_map(|word| word.parse::<Preset>())
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    match Period::parse(None, Some(text)).map(|period| period.to()) {
        Ok(Some(moment)) if moment <= Utc::now() => Ok(moment),
        Ok(_) => Err("orders are never placed in the future".to_owned()),
        Err(invalid) => Err(invalid.fields().iter().map(|field| field.message.as_str()).collect()),
    }
}

impl Wanted {
    /// The validated scenario.
    pub(super) fn scenario(&self) -> Result<Scenario, Failure> {
        let refused = |error: ScenarioError| Failure::Usage(in_flags(&error));
        let mut scenario = self.preset.scenario(self.until.unwrap_or_else(midnight));
        if let Some(from) = self.from {
            scenario.from = from;
        }
        for (setting, value) in &self.settings.0 {
            setting.set(&mut scenario, *value).map_err(refused)?;
        }
        scenario.validate().map_err(refused)?;
        Ok(scenario)
    }
}

/// Translates field names to flags.
fn in_flags(error: &ScenarioError) -> String {
    let as_flag = |field: &str| if field == "to" { "--until".to_owned() } else { format!("--{}", flag(field)) };
    let flags: Vec<String> = error.field().split(" + ").map(as_flag).collect();
    format!("{} {} is out of bounds: allowed is {}", flags.join(" + "), error.value(), error.allowed())
}

/// The values that all presets have in common, for the help.
pub(super) fn usual_values() -> String {
    let usual = Scenario::new(DateTime::UNIX_EPOCH);
    let mut text = "Unless given:".to_owned();
    for setting in Setting::ALL.iter().filter(|setting| setting.heading.is_some()) {
        let value = setting.get(&usual);
        if !matches!(value, SettingValue::Hours(_)) {
            text += &format!(" --{} {value}", flag(setting.name));
        }
    }
    text
}

/// Midnight today, so that a shop generated again on the same day has the same rows.
pub(super) fn midnight() -> DateTime<Utc> {
    Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc()
}
