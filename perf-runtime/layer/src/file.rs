//! Reads the budgets of spans from a budget file; what else stands in it, the runtime of
//! the tests reads.

use perf_grammar::{Coded, EVERY, Key, Metric, Role, Statistic, Unit, UnitError, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mistake::{BudgetLayerError, Mistake, Problem};

/// The words of a `[span."NAME"]`, for the nearest one; any other quantile is one as
/// well.
const WORDS: &[&str] = &[
    "p50", "p75", "p90", "p95", "p99", "p99_9", "mean", "max", "every",
];

/// `[span."NAME"]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpanBudget {
    pub(crate) name: String,
    /// Nanoseconds.
    pub(crate) limits: Vec<(Statistic, u64)>,
    /// How seldom a limit is reported that does not hold.
    pub(crate) every_ns: Option<u64>,
}

type Entry<'a> = Spanned<DeValue<'a>>;

/// Reads the text; `path` is how messages call it.
///
/// # Errors
/// Every mistake, with its place.
pub(crate) fn spans(text: &str, path: &str) -> Result<Vec<SpanBudget>, BudgetLayerError> {
    let mut reader = Reader {
        text,
        mistakes: Vec::new(),
    };
    let spans = match DeTable::parse(text) {
        Ok(root) => reader.root(root.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let why = error.message().replace('\n', "; ");
            reader.mistake(at, Problem::not_toml(&why));
            Vec::new()
        }
    };
    match reader.mistakes.is_empty() {
        true => Ok(spans),
        false => Err(BudgetLayerError::new(path, reader.mistakes)),
    }
}

struct Reader<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    /// Notes a mistake at a byte of the text.
    fn mistake(&mut self, at: usize, what: impl Into<Coded>) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[begin..].chars().count() + 1;
        self.mistakes.push(Mistake {
            place: Some((line, column)),
            what: what.into(),
        });
    }

    fn root(&mut self, root: &DeTable<'_>) -> Vec<SpanBudget> {
        match root.get("schema").map(|entry| (entry.get_ref(), entry)) {
            Some((DeValue::Integer(number), _)) if number.as_str() == "1" => {}
            Some((DeValue::String(text), entry)) => {
                let found = format!("{text:?}");
                self.mistake(entry.span().start, Problem::wrong_schema(&found));
            }
            Some((_, entry)) => self.mistake(entry.span().start, Problem::unknown_schema()),
            None => self.mistake(0, Problem::no_schema()),
        }
        let Some(entry) = root.get("span") else {
            return Vec::new();
        };
        let DeValue::Table(spans) = entry.get_ref() else {
            self.mistake(entry.span().start, Problem::not_a_table("NAME"));
            return Vec::new();
        };
        let mut spans: Vec<_> = spans.iter().collect();
        spans.sort_by_key(|(name, _)| name.span().start);
        let read = |(name, entry): (&Spanned<_>, &Entry<'_>)| {
            self.span(&String::from(name.get_ref() as &str), entry)
        };
        spans.into_iter().map(read).collect()
    }

    fn span(&mut self, name: &str, entry: &Entry<'_>) -> SpanBudget {
        let mut span = SpanBudget {
            name: name.to_owned(),
            limits: Vec::new(),
            every_ns: None,
        };
        let DeValue::Table(settings) = entry.get_ref() else {
            self.mistake(entry.span().start, Problem::not_a_table(name));
            return span;
        };
        let mut settings: Vec<_> = settings.iter().collect();
        settings.sort_by_key(|(word, _)| word.span().start);
        let mut is_sound = true;
        for (word, entry) in settings {
            let at = word.span().start;
            if let Err((at, what)) = span.set(word.get_ref(), at, entry) {
                self.mistake(at, what);
                is_sound = false;
            }
        }
        if span.limits.is_empty() && is_sound {
            self.mistake(entry.span().start, Problem::no_limit_of_span(name));
        }
        span
    }
}

impl SpanBudget {
    /// # Errors
    /// The byte at which it cannot be followed, and why.
    fn set(&mut self, word: &str, at: usize, entry: &Entry<'_>) -> Result<(), (usize, Coded)> {
        let of_value = |what| (entry.span().start, what);
        if word == "every" {
            let text = text(word, "1min", entry).map_err(of_value)?;
            let ns = EVERY
                .read_duration(text)
                .map_err(|UnitError { error, .. }| {
                    Problem::wrong_threshold(word, &error.text(), &error.help()).into()
                });
            self.every_ns = Some(ns.map_err(of_value)?);
            return Ok(());
        }
        let known = perf_grammar::find(word);
        let limit = known.and_then(|key| Some((key, statistic(&key)?)));
        let Some((key, statistic)) = limit else {
            let near = perf_grammar::nearest(word, WORDS).unwrap_or_default();
            return Err((at, Problem::unknown_key(word, &self.name, near).into()));
        };
        let text = text(word, "2ms", entry).map_err(of_value)?;
        let ns = perf_grammar::parse(Unit::Duration, text)
            .map_err(|UnitError { error, .. }| of_value(error.into()))?;
        let checked = key.check(word, Unit::Duration, ns);
        checked.map_err(|error| of_value(error.into()))?;
        self.limits.push((statistic, ns));
        Ok(())
    }
}

/// What a limit of a case means for spans, where it means anything.
fn statistic(key: &Key) -> Option<Statistic> {
    match (key.role, key.value) {
        (Role::Limit(Metric::Quantile(quantile)), _) => Some(Statistic::Quantile(quantile)),
        (Role::Limit(Metric::Mean), Value::Quantity(_)) => Some(Statistic::Mean),
        (Role::Limit(Metric::Max), Value::Quantity(_)) => Some(Statistic::Max),
        _ => None,
    }
}

fn text<'a>(word: &str, example: &str, entry: &'a Entry<'_>) -> Result<&'a str, Coded> {
    let found = match entry.get_ref() {
        DeValue::String(text) => return Ok(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    };
    Err(Problem::wrong_value(&found, word, example).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read_in_the_order_of_the_file() {
        let text = "schema = 1\n[defaults]\nnew_key = 1\n[span.\"render page\"]\np99 = \"2ms\"\nmax = \"50ms\"\nevery = \"10s\"\n[span.b]\nmean = \"1us\"";
        let found = spans(text, "f").expect("they are sound");
        let limits = |at: usize| {
            let limits = found[at].limits.iter();
            limits.map(|(_, ns)| *ns).collect::<Vec<_>>()
        };
        assert_eq!((&*found[0].name, &*found[1].name), ("render page", "b"));
        assert_eq!(
            (limits(0), limits(1)),
            (vec![2_000_000, 50_000_000], vec![1_000])
        );
        assert_eq!(
            (found[0].every_ns, found[1].every_ns),
            (Some(10_000_000_000), None)
        );
    }

    #[test]
    fn what_no_span_can_hold_is_refused_with_its_place() {
        #[track_caller]
        fn check(line: &str, code: &str, expected: &str) {
            whole(&format!("schema = 1\n[span.a]\n{line}"), code, expected);
        }
        #[track_caller]
        fn whole(text: &str, code: &str, expected: &str) {
            let error = spans(text, "f").unwrap_err();
            assert!(error.codes().eq([code]), "{error}");
            let error = error.to_string();
            assert_eq!(error.lines().count(), 1, "{error}");
            assert!(error.contains(expected), "{error}");
        }
        check(
            "",
            "no_limit_of_span",
            "f:2:1: found [span.\"a\"] without a limit",
        );
        check(
            "mem = \"2MB\"",
            "unknown_key",
            "f:3:1: found `mem`, expected a key of [span.\"a\"]",
        );
        check("p99 = 3", "wrong_value", "f:3:7: found 3 for `p99`");
        check("p99 = \"3\"", "no_unit", "f:3:7: ");
        check("p99 = \"0s\"", "pointless", "f:3:7: ");
        check("meen = \"1ms\"", "unknown_key", "did you mean `mean`?");
        check(
            "max = \"1s\"\nevery = 3",
            "wrong_value",
            "f:4:9: found 3 for `every`",
        );
        check(
            "max = \"1s\"\nevery = \"3 fortnights\"",
            "wrong_threshold",
            "fortnights",
        );
        whole("", "no_schema", "f:1:1: found no `schema`");
        whole("schema = 2", "unknown_schema", "f:1:10: ");
        whole(
            "schema = \"1\"",
            "wrong_schema",
            "f:1:10: found the string \"1\" for `schema`, expected the number 1",
        );
        whole("schema = ", "not_toml", "f:1:");
        whole("schema = 1\nspan = 1", "not_a_table", "f:2:8: ");
        let several = spans("span.a.b = 1\nspan.c = 1", "f").unwrap_err();
        assert!(
            several
                .codes()
                .eq(["no_schema", "unknown_key", "not_a_table"])
        );
        assert_eq!(
            several.to_string(),
            "f:1:1: found no `schema`, expected `schema = 1`\n\
             f:1:8: found `b`, expected a key of [span.\"a\"]\n\
             f:2:10: expected [span.\"c\"], a table"
        );
        assert_eq!(
            format!("{:?}", spans("", "f").unwrap_err()),
            "BudgetLayerError(\"f:1:1: found no `schema`, expected `schema = 1`\")"
        );
    }
}
