//! The pages of the settings.

use ecomdb::Scope;

use crate::dashboard::list::Choice;
use crate::dashboard::shell::Visit;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Shop,
    Account,
    Users,
    Keys,
    About,
}

/// The tabs that the caller can open.
pub(super) fn tabs(visit: &Visit, current: Tab) -> Vec<Choice> {
    let logs_in = visit.authenticates();
    let all = [
        (Tab::Shop, "Shop", "/settings/shop", true),
        (Tab::Account, "Your account", "/settings/account", logs_in),
        (Tab::Users, "Staff and admins", "/settings/users", visit.can(Scope::UsersManage)),
        (Tab::Keys, "API keys", "/settings/keys", logs_in),
        (Tab::About, "About", "/settings/about", true),
    ];
    let shown = all.into_iter().filter(|(.., is_shown)| *is_shown);
    let choice = |(tab, label, path, _): (Tab, &str, &str, bool)| Choice {
        label: label.to_owned(),
        value: path.to_owned(),
        is_current: tab == current,
    };
    shown.map(choice).collect()
}
