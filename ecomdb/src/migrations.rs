//! Migrations and views of the shop. The build script embeds them from the folder `migrations`.

use crate::engine::{Engine, Schema, Step, View};

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Migrations and views on this engine; empty if it is not compiled in.
pub(crate) fn of(engine: Engine) -> &'static Schema {
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Mysql => &MYSQL,
        Engine::Postgres => &POSTGRES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Schema; 3] = [&SQLITE, &MYSQL, &POSTGRES];

    #[test]
    fn the_engines_have_the_same_migrations_and_views() {
        let names = |schema: &Schema| -> (Vec<&str>, Vec<&str>) {
            (schema.steps.iter().map(|step| step.name).collect(), schema.views.iter().map(|view| view.name).collect())
        };
        let mut compiled = ALL.into_iter().filter(|schema| !schema.steps.is_empty()).map(names);
        let first = compiled.next().unwrap();
        assert!(first.1.len() > 10, "{first:?}");
        assert!(compiled.all(|other| other == first));
    }

    /// They are made in any order.
    #[test]
    fn a_view_reads_no_other_view() {
        for schema in ALL {
            for view in schema.views {
                let words: Vec<&str> = view.query.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                let read = schema.views.iter().find(|other| words.contains(&other.name));
                assert!(read.is_none(), "{}", view.name);
            }
        }
    }
}
