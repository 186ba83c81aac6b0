//! What a text means, and whether a changed one means what it should.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike, Value};

use super::{Change, Literal, Place, Wrong, drop, parse, path, set};

/// Every single value by its path, written in one way only. Waivers are told
/// apart by their places in the list.
pub(super) type Meaning = BTreeMap<Vec<String>, String>;

pub(super) const WAIVE: &str = "waive";

pub(super) fn meaning(document: &Document<&str>) -> Meaning {
    let mut all = Meaning::new();
    each_value(document.as_table(), &mut Vec::new(), &mut |path, value| {
        let written = match value {
            Value::String(text) => format!("{:?}", text.value()),
            Value::Integer(number) => number.value().to_string(),
            Value::Float(number) => number.value().to_string(),
            Value::Boolean(flag) => flag.value().to_string(),
            Value::Datetime(moment) => moment.value().to_string(),
            Value::Array(_) | Value::InlineTable(_) => return,
        };
        all.insert(path.to_vec(), written);
    });
    all
}

/// What the text means when the changes are made.
pub(super) fn expected(
    mut meaning: Meaning,
    text: &str,
    changes: &[Change],
) -> Result<Meaning, Wrong> {
    let mut dropped = Vec::new();
    for change in changes {
        match change {
            Change::Set { place, literal } => {
                let found = set::find(text, *place)?.ok_or_else(|| set::nothing(*place))?;
                change_one(&mut meaning, found.path, literal);
            }
            Change::Put {
                profile,
                pattern,
                keys,
                literal,
            } => {
                let mut path: Vec<String> = path(profile.as_deref(), pattern)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                path.extend(keys.iter().cloned());
                change_one(&mut meaning, path, literal);
            }
            Change::Drop { place } => {
                let waivers = drop::waivers(text)?;
                dropped.extend(waivers.iter().position(|waiver| waiver.place == *place));
            }
        }
    }
    Ok(without(meaning, &dropped))
}

/// Whether a text means this and nothing else.
pub(super) fn same(expected: &Meaning, new: &str) -> Result<(), Wrong> {
    let found = meaning(&parse(new)?);
    let differs = |one: &Meaning, other: &Meaning| {
        let path = one
            .iter()
            .find(|(path, value)| other.get(*path) != Some(*value));
        path.map(|(path, _)| path.join("."))
    };
    match differs(expected, &found).or_else(|| differs(&found, expected)) {
        None => Ok(()),
        Some(path) => Err(Wrong {
            place: Place { line: 1, column: 1 },
            message: format!("`{path}` cannot be changed without changing more; write it by hand"),
        }),
    }
}

fn change_one(meaning: &mut Meaning, path: Vec<String>, literal: &Literal) {
    let old = meaning.get(&path);
    let number = old.map_or(literal.bare, |old| !old.starts_with('"'));
    let value = if number {
        literal.text.replace('_', "")
    } else {
        format!("{:?}", literal.text)
    };
    meaning.insert(path, value);
}

fn without(meaning: Meaning, dropped: &[usize]) -> Meaning {
    let moved = |mut path: Vec<String>| {
        if let [head, place, ..] = &mut path[..]
            && head == WAIVE
            && let Ok(at) = place.parse::<usize>()
        {
            if dropped.contains(&at) {
                return None;
            }
            *place = (at - dropped.iter().filter(|other| **other < at).count()).to_string();
        }
        Some(path)
    };
    meaning
        .into_iter()
        .filter_map(|(path, value)| Some((moved(path)?, value)))
        .collect()
}

/// Every single value below a table, with the path that leads to it.
pub(super) fn each_value<'a>(
    table: &'a dyn TableLike,
    path: &mut Vec<String>,
    visit: &mut dyn FnMut(&[String], &'a Value),
) {
    for (key, item) in table.iter() {
        path.push(key.to_owned());
        match item {
            Item::Value(value) => below(value, path, visit),
            Item::Table(table) => each_value(table, path, visit),
            Item::ArrayOfTables(tables) => {
                for (at, table) in tables.iter().enumerate() {
                    path.push(at.to_string());
                    each_value(table, path, visit);
                    path.pop();
                }
            }
            Item::None => {}
        }
        path.pop();
    }
}

fn below<'a>(
    value: &'a Value,
    path: &mut Vec<String>,
    visit: &mut dyn FnMut(&[String], &'a Value),
) {
    match value {
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                path.push(at.to_string());
                below(value, path, visit);
                path.pop();
            }
        }
        Value::InlineTable(table) => each_value(table, path, visit),
        single => visit(path, single),
    }
}
