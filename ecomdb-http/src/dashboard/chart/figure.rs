//! The frame of every chart: title, sentence, plot, table of values.

use std::fmt::{self, Display, Formatter};

use super::markup::{Markup, Text, Written};

/// Title and message of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Heading<'a> {
    /// Id of the element, unique within the page; ids of parts begin with it.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    /// What the chart shows, in one sentence without a full stop.
    pub(crate) sentence: &'a str,
}

/// The values of a chart as a table.
pub(super) struct Values {
    pub(super) columns: Vec<String>,
    /// The name of each row, and its other cells.
    pub(super) rows: Vec<(String, Vec<String>)>,
}

/// A chart that assistive technology presents as an image, followed by its values. If there are none, it says so.
/// `places` are the horizontal positions of the rows in the plot, as shares of its width, if the plot has any.
pub(super) fn figure(heading: &Heading<'_>, places: &[f64], plot: impl Display, values: &Values) -> Markup {
    if values.rows.is_empty() {
        return nothing(heading);
    }
    framed(heading, |f| {
        let (id, table) = (Text(heading.id), scrolled(heading, table(heading, values)));
        write!(f, "<div class=\"plot-frame\" role=\"img\" aria-labelledby=\"{id}-title {id}-sentence\"")?;
        if !places.is_empty() {
            let places: Vec<String> = places.iter().map(|x| format!("{:.0}", x * 1_000.0)).collect();
            write!(f, " data-x=\"{}\"", places.join(" "))?;
        }
        writeln!(f, ">\n{plot}</div>\n<details>\n<summary>Values</summary>\n{table}</details>")
    })
}

/// A chart without values.
pub(super) fn nothing(heading: &Heading<'_>) -> Markup {
    framed(heading, |f| f.write_str("<p class=\"muted\">Nothing to show in this period.</p>\n"))
}

/// A chart that is a table itself.
pub(super) fn table_figure(heading: &Heading<'_>, table: impl Display) -> Markup {
    framed(heading, |f| scrolled(heading, &table).fmt(f))
}

fn framed(heading: &Heading<'_>, content: impl Fn(&mut Formatter<'_>) -> fmt::Result) -> Markup {
    let (id, title, sentence) = (Text(heading.id), Text(heading.title), Text(heading.sentence));
    Markup::of(Written(|f: &mut Formatter<'_>| {
        writeln!(f, "<figure class=\"chart\" id=\"{id}\">\n<figcaption>")?;
        writeln!(f, "<div class=\"chart-title\" id=\"{id}-title\">{title}</div>")?;
        writeln!(f, "<div class=\"chart-summary\" id=\"{id}-sentence\">{sentence}.</div>\n</figcaption>")?;
        content(f)?;
        f.write_str("</figure>\n")
    }))
}

/// A region that can be scrolled with the keyboard.
fn scrolled(heading: &Heading<'_>, content: impl Display) -> impl Display {
    let title = heading.title;
    Written(move |f: &mut Formatter<'_>| {
        let title = Text(title);
        writeln!(f, "<div class=\"table-wrap\" role=\"region\" tabindex=\"0\" aria-label=\"{title}: values\">")?;
        writeln!(f, "{content}</div>")
    })
}

fn table(heading: &Heading<'_>, values: &Values) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        write!(
            f,
            "<table class=\"table table-compact\">\n<caption class=\"visually-hidden\">{}</caption>\n<thead><tr>",
            Text(heading.title)
        )?;
        for (place, column) in values.columns.iter().enumerate() {
            let class = if place == 0 { "" } else { " class=\"num\"" };
            write!(f, "<th scope=\"col\"{class}>{}</th>", Text(column))?;
        }
        f.write_str("</tr></thead>\n<tbody>\n")?;
        for (name, cells) in &values.rows {
            write!(f, "<tr><th scope=\"row\">{}</th>", Text(name))?;
            for cell in cells {
                write!(f, "<td class=\"num\">{}</td>", Text(cell))?;
            }
            f.write_str("</tr>\n")?;
        }
        f.write_str("</tbody>\n</table>\n")
    })
}
