//! Shared by all pages: access, layout, navigation, theme, messages, forms, and problems as pages.

mod admission;
mod again;
mod cookies;
mod edit;
mod entries;
mod flash;
mod form;
mod navigation;
mod notice;
mod page;
mod paths;
mod problem_page;
mod theme;
mod visit;

pub(crate) use self::admission::admit;
pub(crate) use self::again::{LoginForm, resume};
pub(crate) use self::cookies::{cookie, set_cookie};
pub(crate) use self::edit::{Difference, Edits, Values, complete, editing};
pub(crate) use self::entries::{Entries, Fields, FromEntries};
pub(crate) use self::flash::Flash;
pub(crate) use self::form::Form;
pub(crate) use self::navigation::Section;
pub(crate) use self::page::{Shell, once_only, page, refuse_form, render, see_other};
pub(crate) use self::paths::{own_path, with_query};
pub(crate) use self::problem_page::{explain, refuse_page};
pub(crate) use self::theme::set_theme;
pub(crate) use self::visit::Visit;
