//! `[[waive]]`: breaches that are known, owned, and end.

use perf_grammar::{Date, KEYS, Metric, Role};
use toml::de::DeValue;

use super::read::{Entry, Reader};
use super::value::{self, wrong};
use super::{Waive, Waived};
use crate::model::problem::{Problem, near};
use crate::policy::selector::Selector;

const KEYS_OF_A_WAIVER: &[&str] = &["case", "limit", "reason", "owner", "until"];
/// A waiver that names no reason or no end is how a budget dies unnoticed.
const REQUIRED: &[&str] = &["case", "limit", "reason", "until"];

impl Reader<'_> {
    pub(super) fn waivers(&mut self, entry: &Entry<'_>) -> Vec<Waive> {
        let DeValue::Array(list) = entry.get_ref() else {
            self.mistake(entry.span(), Problem::waive_not_a_list());
            return Vec::new();
        };
        let mut waivers = Vec::new();
        for entry in list.iter() {
            if let Some(waive) = self.waive(entry) {
                waivers.push(waive);
            }
        }
        waivers
    }

    fn waive(&mut self, entry: &Entry<'_>) -> Option<Waive> {
        let (mut case, mut limit, mut reason, mut until) = (None, None, None, None);
        let mut owner = None;
        let mut seen: Vec<&str> = Vec::new();
        let pairs = self.table("[[waive]]", entry);
        for (key, value) in &pairs {
            let word = &**key.get_ref();
            seen.push(word);
            match word {
                "case" => case = self.text_of(word, value, Selector::parse),
                "limit" => limit = self.text_of(word, value, waived),
                "reason" => reason = self.text_of(word, value, any),
                "owner" => owner = self.text_of(word, value, any),
                "until" => until = self.date(value),
                word => self.unknown(key, word, "a key of [[waive]]", KEYS_OF_A_WAIVER),
            }
        }
        for word in REQUIRED {
            if !seen.contains(word) {
                self.mistake(entry.span(), Problem::incomplete_waiver(word));
            }
        }
        Some(Waive {
            case: case?,
            limit: limit?,
            reason: reason?,
            owner,
            until: until?,
            place: self.place(entry.span().start),
        })
    }

    fn text_of<T>(
        &mut self,
        word: &str,
        entry: &Entry<'_>,
        read: fn(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let found = value::text(word, entry)
            .and_then(|text| read(text).map_err(|problem| (entry.span(), problem)));
        found.map_err(|wrong| self.wrong(wrong)).ok()
    }

    fn date(&mut self, entry: &Entry<'_>) -> Option<Date> {
        if let DeValue::Datetime(moment) = entry.get_ref()
            && let Some(date) = moment.date
            && moment.time.is_none()
        {
            return Some(Date {
                year: date.year,
                month: date.month,
                day: date.day,
            });
        }
        self.wrong(wrong(
            entry,
            "until",
            "the last day it holds, without quotes, such as 2026-12-31",
        ));
        None
    }
}

fn any(text: &str) -> Result<String, Problem> {
    Ok(text.to_owned())
}

/// What a waiver's `limit` covers.
fn waived(word: &str) -> Result<Waived, Problem> {
    match word {
        "*" => return Ok(Waived::All),
        "regression" => return Ok(Waived::Regression),
        _ => {}
    }
    Metric::from_key(word).map(Waived::Limit).ok_or_else(|| {
        let mut words = Vec::new();
        for key in KEYS {
            if matches!(key.role, Role::Limit(_)) {
                words.push(key.name);
            }
        }
        words.push("regression");
        Problem::unknown_waived(word, near(word, &words))
    })
}
