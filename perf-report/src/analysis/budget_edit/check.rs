//! What a text means, and whether a changed one means what it should.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, Table, Value};

use super::{Change, Literal, Place, Wrong, drop, parse, path, set};

/// Every single value by its path, written in one way only. Waivers are told
/// apart by their places in the list.
pub(super) type Meaning = BTreeMap<Vec<String>, String>;

const WAIVE: &str = "waive";

pub(super) fn meaning(document: &Document<&str>) -> Meaning {
    let mut all = Meaning::new();
    of_table(document.as_table(), &mut Vec::new(), &mut all);
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

fn of_table(table: &Table, path: &mut Vec<String>, all: &mut Meaning) {
    for (key, item) in table {
        path.push(key.to_owned());
        match item {
            Item::Value(value) => of_value(value, path, all),
            Item::Table(table) => of_table(table, path, all),
            Item::ArrayOfTables(tables) => {
                for (at, table) in tables.iter().enumerate() {
                    path.push(at.to_string());
                    of_table(table, path, all);
                    path.pop();
                }
            }
            Item::None => {}
        }
        path.pop();
    }
}

fn of_value(value: &Value, path: &mut Vec<String>, all: &mut Meaning) {
    let single = match value {
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(number) => number.value().to_string(),
        Value::Float(number) => number.value().to_string(),
        Value::Boolean(flag) => flag.value().to_string(),
        Value::Datetime(moment) => moment.value().to_string(),
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                path.push(at.to_string());
                of_value(value, path, all);
                path.pop();
            }
            return;
        }
        Value::InlineTable(table) => {
            for (key, value) in table {
                path.push(key.to_owned());
                of_value(value, path, all);
                path.pop();
            }
            return;
        }
    };
    all.insert(path.clone(), single);
}
