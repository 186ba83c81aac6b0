//! Reads the budgets of spans from a budget file; what else stands in it, the runtime of
//! the tests reads.

use std::fmt::Display;

use perf_grammar::{EVERY, Key, Metric, Role, Statistic, Unit, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

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
/// Every mistake, a line each, with its place.
pub(crate) fn spans(text: &str, path: &str) -> Result<Vec<SpanBudget>, String> {
    let mut reader = Reader {
        text,
        path,
        mistakes: Vec::new(),
    };
    let spans = match DeTable::parse(text) {
        Ok(root) => reader.root(root.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().replace('\n', "; ");
            reader.mistake(at, format!("this is not TOML: {message}"));
            Vec::new()
        }
    };
    match reader.mistakes.is_empty() {
        true => Ok(spans),
        false => Err(reader.mistakes.join("\n")),
    }
}

struct Reader<'t> {
    text: &'t str,
    path: &'t str,
    mistakes: Vec<String>,
}

impl Reader<'_> {
    /// Notes a mistake at a byte of the text.
    fn mistake(&mut self, at: usize, message: impl Display) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[begin..].chars().count() + 1;
        self.mistakes
            .push(format!("{}:{line}:{column}: {message}", self.path));
    }

    fn root(&mut self, root: &DeTable<'_>) -> Vec<SpanBudget> {
        match root.get("schema").map(|entry| (entry.get_ref(), entry)) {
            Some((DeValue::Integer(number), _)) if number.as_str() == "1" => {}
            Some((_, entry)) => {
                self.mistake(entry.span().start, "found another `schema`, expected 1")
            }
            None => self.mistake(0, "found no `schema`, expected `schema = 1`"),
        }
        let Some(entry) = root.get("span") else {
            return Vec::new();
        };
        let DeValue::Table(spans) = entry.get_ref() else {
            self.mistake(entry.span().start, "expected [span.\"NAME\"], a table");
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
            let message = format!("expected [span.\"{name}\"], a table");
            self.mistake(entry.span().start, message);
            return span;
        };
        let mut settings: Vec<_> = settings.iter().collect();
        settings.sort_by_key(|(word, _)| word.span().start);
        let mut is_sound = true;
        for (word, entry) in settings {
            let at = word.span().start;
            if let Err((at, message)) = span.set(word.get_ref(), at, entry) {
                self.mistake(at, message);
                is_sound = false;
            }
        }
        if span.limits.is_empty() && is_sound {
            let message = format!(
                "found [span.\"{name}\"] without a limit, expected at least one such as p99 = \"2ms\""
            );
            self.mistake(entry.span().start, message);
        }
        span
    }
}

impl SpanBudget {
    fn set(&mut self, word: &str, at: usize, entry: &Entry<'_>) -> Result<(), (usize, String)> {
        let of_value = |message| (entry.span().start, message);
        if word == "every" {
            let text = text(word, "1min", entry).map_err(of_value)?;
            let ns = EVERY.read_duration(text);
            self.every_ns = Some(ns.map_err(|error| of_value(format!("`every`: {error}")))?);
            return Ok(());
        }
        let known = perf_grammar::find(word);
        let limit = known.and_then(|key| Some((key, statistic(&key)?)));
        let Some((key, statistic)) = limit else {
            let near = perf_grammar::nearest(word, WORDS)
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let name = &self.name;
            return Err((
                at,
                format!("found `{word}`, expected a key of [span.\"{name}\"]{near}"),
            ));
        };
        let text = text(word, "2ms", entry).map_err(of_value)?;
        let ns = perf_grammar::parse(Unit::Duration, text)
            .map_err(|error| of_value(error.to_string()))?;
        let checked = key.check(word, Unit::Duration, ns);
        checked.map_err(|error| of_value(error.line()))?;
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

fn text<'a>(word: &str, example: &str, entry: &'a Entry<'_>) -> Result<&'a str, String> {
    let found = match entry.get_ref() {
        DeValue::String(text) => return Ok(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    };
    Err(format!(
        "found {found} for `{word}`, expected a text with a number and its unit, such as {example:?}"
    ))
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
        fn check(line: &str, expected: &str) {
            let error = spans(&format!("schema = 1\n[span.a]\n{line}"), "f").unwrap_err();
            assert_eq!(error.lines().count(), 1, "{error}");
            assert!(error.contains(expected), "{error}");
        }
        check("", "f:2:1: found [span.\"a\"] without a limit");
        check(
            "mem = \"2MB\"",
            "f:3:1: found `mem`, expected a key of [span.\"a\"]",
        );
        check("p99 = 3", "f:3:7: found 3 for `p99`");
        check("p99 = \"0s\"", "f:3:7: ");
        check("meen = \"1ms\"", "did you mean `mean`?");
        check("max = \"1s\"\nevery = 3", "f:4:9: found 3 for `every`");
        check("max = \"1s\"\nevery = \"3 fortnights\"", "fortnights");
        assert!(
            spans("", "f")
                .unwrap_err()
                .contains("f:1:1: found no `schema`")
        );
        assert!(spans("schema = 2", "f").unwrap_err().contains("f:1:10: "));
        assert!(spans("schema = ", "f").unwrap_err().contains("f:1:"));
    }
}
