//! From TOML tables to a budget file, with every mistake on the way.

use std::mem;
use std::ops::Range;

use perf_grammar::{COMPLEXITIES, Key, Mode, Quantile, Role, Value, WhenUndecided};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::home::{Home, Kind};
use super::value::{self, Found, Wrong};
use super::{BudgetFile, Class, Profile, Rule, Set, Settings, Spot};
use crate::collections::{first, joined, mapped, order, position, replaced};
use crate::model::case::Clock;
use crate::model::note::Note;
use crate::model::plan::Target;
use crate::model::problem::{Mistakes, Problem, near};
use crate::policy::selector::Selector;

pub(super) type Entry<'a> = Spanned<DeValue<'a>>;
pub(super) type Word<'a> = Spanned<DeString<'a>>;

const TOP: &[&str] = &[
    "schema",
    "mode",
    "undecided",
    "defaults",
    "class",
    "budget",
    "profile",
    "waive",
    "span",
    "top",
];
const PROFILE: &[&str] = &[
    "slack",
    "mode",
    "undecided",
    "defaults",
    "class",
    "budget",
    "top",
];

pub(super) fn file(text: &str, path: &str) -> Result<BudgetFile, Mistakes> {
    let mut reader = Reader {
        text,
        path,
        lines: line_starts(text),
        mistakes: Mistakes::default(),
        starts: Vec::new(),
        classes_of_profiles: Vec::new(),
        renamed: Vec::new(),
    };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            let why = replaced(error.message(), "\n", "; ");
            let place = Some(reader.place(at.start));
            return Err(Problem::not_toml(&why).at(place).into());
        }
    };
    let mut file = reader.root(root.get_ref());
    file.renamed = mem::take(&mut reader.renamed);
    match reader.mistakes.is_empty() {
        true => Ok(file),
        false => Err(mem::take(&mut reader.mistakes)),
    }
}

pub(super) struct Reader<'t> {
    text: &'t str,
    path: &'t str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    /// In the order of the file.
    mistakes: Mistakes,
    /// Where each mistake begins, in bytes.
    starts: Vec<usize>,
    classes_of_profiles: Vec<(String, Range<usize>)>,
    renamed: Vec<Note>,
}

impl Reader<'_> {
    fn root(&mut self, root: &DeTable<'_>) -> BudgetFile {
        let mut file = BudgetFile {
            path: self.path.to_owned(),
            ..BudgetFile::default()
        };
        let entries = in_order(root);
        if first(&entries, |(key, _)| key.get_ref() == "schema").is_none() {
            self.mistake(0..0, Problem::no_schema());
        }
        for (key, entry) in entries {
            match &**key.get_ref() {
                "schema" => self.schema(entry),
                "mode" | "undecided" => {
                    self.setting(&mut file.defaults, &Home::top(None), key, entry)
                }
                "defaults" => self.settings(
                    &mut file.defaults,
                    &Home::new(Kind::Defaults, None, "defaults"),
                    entry,
                ),
                "class" => file.classes = self.classes(None, entry),
                "budget" => file.budgets = self.rules(None, entry),
                "profile" => file.profiles = self.profiles(entry),
                "waive" => file.waivers = self.waivers(entry),
                "span" => self.spans(entry),
                "top" => self.thresholds("[top]", entry),
                word => self.stray(key, word, &Home::top(None), TOP),
            }
        }
        file.mode = file.defaults.mode.take();
        self.check_classes_of_profiles(&file);
        file
    }

    fn schema(&mut self, entry: &Entry<'_>) {
        let problem = match value::whole_number(entry) {
            Some(1) => return,
            // One that a later version may have.
            Some(found @ 2..) => Problem::unknown_schema(&format!("{found}")),
            Some(0) | None => Problem::wrong_schema(&value::with_kind(entry)),
        };
        self.mistake(entry.span(), problem);
    }

    fn classes(&mut self, profile: Option<&str>, entry: &Entry<'_>) -> Vec<Class> {
        let mut classes = Vec::new();
        for (key, entry) in self.table("[class.NAME]", entry) {
            let name = key.get_ref().to_string();
            let mut settings = Settings::default();
            self.settings(
                &mut settings,
                &Home::new(Kind::Class, profile, &format!("class.{name}")),
                entry,
            );
            if profile.is_some() {
                self.classes_of_profiles.push((name.clone(), key.span()));
            }
            classes.push(Class {
                name,
                place: self.place(key.span().start),
                settings,
            });
        }
        classes
    }

    fn rules(&mut self, profile: Option<&str>, entry: &Entry<'_>) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (key, entry) in self.table("[budget.\"PATTERN\"]", entry) {
            let mut settings = Settings::default();
            let home = Home::new(
                Kind::Budget,
                profile,
                &format!("budget.\"{}\"", key.get_ref()),
            );
            self.settings(&mut settings, &home, entry);
            match Selector::parse(key.get_ref()) {
                Ok(selector) => rules.push(Rule {
                    selector,
                    place: self.place(key.span().start),
                    settings,
                }),
                Err(problem) => self.mistake(key.span(), problem),
            }
        }
        rules
    }

    fn profiles(&mut self, entry: &Entry<'_>) -> Vec<Profile> {
        let mut profiles = Vec::new();
        for (key, entry) in self.table("[profile.NAME]", entry) {
            let mut profile = Profile {
                name: key.get_ref().to_string(),
                ..Profile::default()
            };
            let name = profile.name.clone();
            let home = Home::top(Some(&name));
            for (key, entry) in self.table(&home.name, entry) {
                match &**key.get_ref() {
                    "slack" | "mode" | "undecided" => {
                        self.setting(&mut profile.settings, &home, key, entry)
                    }
                    "defaults" => {
                        self.settings(
                            &mut profile.settings,
                            &Home::new(Kind::Defaults, Some(&name), "defaults"),
                            entry,
                        );
                    }
                    "class" => profile.classes = self.classes(Some(&name), entry),
                    "budget" => profile.budgets = self.rules(Some(&name), entry),
                    "top" => self.thresholds(&format!("[profile.{name}.top]"), entry),
                    word => self.stray(key, word, &home, PROFILE),
                }
            }
            profiles.push(profile);
        }
        profiles
    }

    /// A class is made outside the profiles, so that a function's class is
    /// known or unknown whatever profile is chosen.
    fn check_classes_of_profiles(&mut self, file: &BudgetFile) {
        let known = mapped(&file.classes, |class| &*class.name);
        for (name, at) in &mem::take(&mut self.classes_of_profiles) {
            if !known.contains(&&**name) {
                let near = near(name, &known);
                self.mistake(at.clone(), Problem::unknown_class_of_profile(name, near));
            }
        }
    }

    fn settings(&mut self, into: &mut Settings, home: &Home, entry: &Entry<'_>) {
        for (key, entry) in self.table(&home.name, entry) {
            self.setting(into, home, key, entry);
        }
    }

    fn setting(&mut self, into: &mut Settings, home: &Home, key: &Word<'_>, entry: &Entry<'_>) {
        let word = &**key.get_ref();
        match perf_grammar::find(word) {
            Some(known) if known.in_file && home.takes(&known).is_ok() => {
                if known.value == Value::Named {
                    return self.named(into, home, &known, key, entry);
                }
                match value::read(&known, word, entry) {
                    Ok(found) => {
                        if let Some(name) = perf_grammar::renamed(word) {
                            let place = self.place(key.span().start);
                            self.renamed.push(Note::old_key(&place, word, name));
                        }
                        let name = perf_grammar::renamed(word).unwrap_or(word);
                        self.store(into, known.role, name, found, entry);
                    }
                    Err(wrong) => self.wrong(wrong),
                }
            }
            _ => self.stray(key, word, home, &home.words()),
        }
    }

    fn store(
        &mut self,
        into: &mut Settings,
        role: Role,
        word: &str,
        found: Found,
        entry: &Entry<'_>,
    ) {
        let place = self.spot(entry.span().start);
        match (role, word, found) {
            (Role::Limit(metric), _, Found::Number(value)) => {
                into.limit(metric.into(), value, place);
            }
            (Role::Limit(metric), _, Found::FactorOf(value, of)) => {
                let of = Some(of);
                into.limit(Target { metric, of }, value, place);
            }
            (Role::Limit(metric), _, Found::Text(word)) => {
                if let Some(class) = position(COMPLEXITIES, |class| *class == word) {
                    into.limit(metric.into(), class as u64, place);
                }
            }
            (_, "warmup", Found::Warmup(warmup)) => into.warmup = Set::at(warmup, place),
            (_, _, Found::Number(number)) => match into.number(word) {
                Some(into) => self.set_once(word, into, Set::at(number, place), entry),
                None => self.wrong(value::never(word, entry)),
            },
            (_, _, Found::Ratio(ratio)) => match into.ratio(word) {
                Some(into) => self.set_once(word, into, Set::at(ratio, place), entry),
                None => self.wrong(value::never(word, entry)),
            },
            (_, "clock", Found::Text(word)) => {
                into.clock = Clock::from_word(&word).and_then(|clock| Set::at(clock, place))
            }
            (_, "mode", Found::Text(word)) => {
                into.mode = Mode::from_word(&word).and_then(|mode| Set::at(mode, place))
            }
            (_, "message", Found::Text(text)) => into.message = Set::at(text, place),
            (_, "undecided", Found::Text(word)) => {
                let undecided = WhenUndecided::from_word(&word);
                let set = undecided.and_then(|undecided| Set::at(undecided, place));
                self.set_once("undecided", &mut into.undecided, set, entry);
            }
            // A new word of the grammar that nothing here reads is refused, so
            // that it cannot be taken and have no effect.
            _ => self.wrong(value::never(word, entry)),
        }
    }

    /// Sets what two words or two tables can say.
    fn set_once<T: Copy>(
        &mut self,
        word: &str,
        into: &mut Option<Set<T>>,
        set: Option<Set<T>>,
        entry: &Entry<'_>,
    ) {
        let other = mem::replace(into, set).and_then(|set| set.place);
        if let Some(other) = other {
            let problem = Problem::key_twice(word, &other.shown(self.path));
            self.mistake(entry.span(), problem);
        }
    }

    /// A key that cannot stand where it stands.
    fn stray(&mut self, key: &Word<'_>, word: &str, home: &Home, words: &[&str]) {
        let problem = match perf_grammar::find(word) {
            Some(known) => misplaced(&known, word, home),
            None => match Quantile::parse(word) {
                Some(Err(error)) => Problem::wrong_quantile(word, error.text(), error.help()),
                _ => return self.unknown(key, word, &format!("a key of {}", home.name), words),
            },
        };
        self.mistake(key.span(), problem);
    }

    pub(super) fn unknown(&mut self, key: &Word<'_>, word: &str, what: &str, words: &[&str]) {
        let near = near(word, words);
        let expected = match near {
            "" => format!("{what}: one of {}", joined(words, ", ")),
            _ => what.to_owned(),
        };
        let problem = Problem::unknown_key(word, &expected, near);
        self.mistake(key.span(), problem);
    }

    pub(super) fn wrong(&mut self, (at, problem): Wrong) {
        self.mistake(at, problem);
    }

    pub(super) fn mistake(&mut self, at: Range<usize>, problem: Problem) {
        let place = Some(self.place(at.start));
        let mut before = self.starts.len();
        while before > 0 && self.starts[before - 1] > at.start {
            before -= 1;
        }
        self.starts.insert(before, at.start);
        self.mistakes.0.insert(before, problem.at(place));
    }

    pub(super) fn mistakes_so_far(&self) -> usize {
        self.mistakes.len()
    }

    /// The pairs of a table in the order of the file.
    pub(super) fn table<'e, 'a>(
        &mut self,
        name: &str,
        entry: &'e Entry<'a>,
    ) -> Vec<(&'e Word<'a>, &'e Entry<'a>)> {
        pairs(entry).unwrap_or_else(|| {
            self.mistake(entry.span(), Problem::not_a_table(name));
            Vec::new()
        })
    }

    /// `file:line:column` of a byte.
    pub(super) fn place(&self, at: usize) -> String {
        self.spot(at).shown(self.path)
    }

    /// Where a byte stands.
    pub(super) fn spot(&self, at: usize) -> Spot {
        let line = order::place(&self.lines, |start| *start <= at);
        let start = self.lines[line - 1];
        let before = self.text.get(start..at).unwrap_or(&self.text[start..]);
        let column = before.chars().count() + 1;
        Spot::File { line, column }
    }
}

/// Why a word of the language cannot stand here, and what to do instead.
fn misplaced(known: &Key, word: &str, home: &Home) -> Problem {
    let table = &home.name;
    match home.takes(known) {
        _ if !known.in_file => Problem::key_of_attribute(word, table),
        Err(instead) => Problem::key_of_other_table(word, table, &instead),
        Ok(()) => Problem::key_of_no_table(word, table),
    }
}

/// A place is wanted of every rule and every value, so the lines are found once.
fn line_starts(text: &str) -> Vec<usize> {
    let (mut starts, mut at) = (vec![0], 0);
    for byte in text.as_bytes() {
        at += 1;
        if *byte == b'\n' {
            starts.push(at);
        }
    }
    starts
}

/// The pairs of a table in the order of the file; `None` where it is no table.
pub(super) fn pairs<'e, 'a>(entry: &'e Entry<'a>) -> Option<Vec<(&'e Word<'a>, &'e Entry<'a>)>> {
    match entry.get_ref() {
        DeValue::Table(table) => Some(in_order(table)),
        _ => None,
    }
}

fn in_order<'e, 'a>(table: &'e DeTable<'a>) -> Vec<(&'e Word<'a>, &'e Entry<'a>)> {
    let mut pairs = Vec::new();
    for pair in table.iter() {
        pairs.push(pair);
    }
    order::insertion(&mut pairs, |one, other| {
        one.0.span().start < other.0.span().start
    });
    pairs
}
