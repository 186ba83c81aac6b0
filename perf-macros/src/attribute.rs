//! The text of the attribute, checked: which keys are given, and what they say.

use perf_grammar::{COMPLEXITIES, KEYS, Key, Metric, Quantile, Role, Value};
use proc_macro2::{Ident, Span, TokenStream};

use crate::entries::{self, Entry, Written};
use crate::expression::Expression;
use crate::mistakes::Mistakes;
use crate::named;
use crate::problem::Problem;
use crate::value::{self, Checked, NamedLimit};

/// Everything that the attribute says.
#[derive(Default)]
pub(crate) struct Spec {
    given: Vec<Given>,
    /// Every known word that is written, whatever is wrong with its value.
    words: Vec<(&'static str, Ident)>,
}

/// One limit, in base units.
pub(crate) struct LimitSpec<'s> {
    /// What is limited.
    pub(crate) metric: Metric,
    /// Of what, where the metric needs a name.
    pub(crate) of: Option<&'s str>,
    /// The limit.
    pub(crate) value: u64,
    /// Where its word stands.
    pub(crate) span: Span,
}

/// One key with its value.
pub(crate) struct Given {
    /// The word, where it stands.
    pub(crate) word: Ident,
    /// Its row in the table.
    pub(crate) key: Key,
    /// What it says.
    pub(crate) value: Checked,
}

impl Spec {
    /// Reads the attribute's text; what is wrong with it is noted.
    pub(crate) fn read(attribute: TokenStream, mistakes: &mut Mistakes) -> Spec {
        let mut spec = Spec::default();
        let mut seen: Vec<(Key, Ident)> = Vec::new();
        for Entry { word, written } in entries::read(attribute, mistakes) {
            let name = word.to_string();
            let Some(key) = perf_grammar::find(&name) else {
                mistakes.at(word.span(), unknown(&name));
                if let Some(meant) = perf_grammar::nearest(&name, MAKERS) {
                    spec.words.push((meant, word));
                }
                continue;
            };
            if !key.in_attribute {
                mistakes.at(word.span(), Problem::key_of_file(&name));
                continue;
            }
            let first = seen.iter().find(|(other, _)| same(other, &key));
            match first.filter(|_| key.value != Value::Named) {
                Some((_, first)) if *first == word => {
                    mistakes.at(word.span(), Problem::key_twice(&name));
                }
                Some((_, first)) => {
                    let problem = Problem::same_key_twice(&name, &first.to_string());
                    mistakes.at(word.span(), problem);
                }
                None => seen.push((key, word.clone())),
            }
            spec.words.push((key.name, word.clone()));
            let value = match written {
                Written::Arguments(at, brackets) if key.value == Value::Named => {
                    let limits = named::read(&word, key, at, brackets, mistakes);
                    Some(Checked::Named(limits))
                }
                written => value::check(&word, key, written, mistakes),
            };
            if let Some(value) = value {
                spec.given.push(Given { word, key, value });
            }
        }
        let both = |given: &&Given| matches!(given.key.name, "deny_alloc" | "allocs");
        if let [first, second] = spec.given.iter().filter(both).collect::<Vec<_>>()[..]
            && first.word != second.word
        {
            mistakes.at(second.word.span(), Problem::allocations_twice());
        }
        spec.refuse_names_given_twice(mistakes);
        // A limit with a mistake in it was meant to be one.
        let judged = ["class", "regression", "regression_tail"];
        let is_judged = judged.iter().any(|key| spec.get(key).is_some());
        if mistakes.is_empty() && spec.limits().next().is_none() && !is_judged {
            mistakes.at(Span::call_site(), Problem::no_limit());
        }
        spec
    }

    /// What the key `name` was given.
    pub(crate) fn get(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.key.name == name)
    }

    /// Every key in the order of the text.
    pub(crate) fn given(&self) -> &[Given] {
        &self.given
    }

    /// The limits in the order they were written, in base units.
    pub(crate) fn limits(&self) -> impl Iterator<Item = LimitSpec<'_>> {
        self.given.iter().flat_map(limits_of)
    }

    /// The word of a key, where it is written, whatever is wrong with it: where
    /// it is misspelt, it is not reported as missing as well.
    pub(crate) fn word(&self, name: &str) -> Option<&Ident> {
        self.words
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, word)| word)
    }

    /// One name may have several statistics, each once.
    fn refuse_names_given_twice(&self, mistakes: &mut Mistakes) {
        let named = self.given.iter().filter_map(|given| match &given.value {
            Checked::Named(limits) => Some((given, limits)),
            _ => None,
        });
        let all: Vec<(&Given, &NamedLimit)> = named
            .flat_map(|(given, limits)| limits.iter().map(move |limit| (given, limit)))
            .collect();
        for (at, (given, limit)) in all.iter().enumerate() {
            let same = |(_, other): &&(&Given, &NamedLimit)| {
                (other.metric, &other.of) == (limit.metric, &limit.of)
            };
            if all[..at].iter().any(|other| same(&other)) {
                let (word, key) = (limit.word.to_string(), given.word.to_string());
                let problem = Problem::limit_of_name_twice(&word, &key, &limit.of);
                mistakes.at(limit.word.span(), problem);
            }
        }
    }

    /// The number or quantity of a key.
    pub(crate) fn amount(&self, name: &str) -> Option<u64> {
        match self.get(name)?.value {
            Checked::Amount(amount) => Some(amount),
            _ => None,
        }
    }

    /// The text of a key; empty for a key that stands alone.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            Checked::Text(text) => Some(text),
            Checked::Flag => Some(""),
            _ => None,
        }
    }

    /// The texts of a key that takes a list.
    pub(crate) fn texts(&self, name: &str) -> &[String] {
        match self.get(name).map(|given| &given.value) {
            Some(Checked::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The expression of a key that takes one.
    pub(crate) fn expression(&self, name: &str) -> Option<&Expression> {
        match &self.get(name)?.value {
            Checked::Expression(expr) => Some(expr),
            _ => None,
        }
    }
}

fn limits_of(given: &Given) -> Vec<LimitSpec<'_>> {
    let Role::Limit(metric) = given.key.role else {
        return Vec::new();
    };
    let one = |value, of| {
        vec![LimitSpec {
            metric,
            of,
            value,
            span: given.word.span(),
        }]
    };
    match &given.value {
        Checked::Amount(amount) => one(*amount, None),
        // A limit that stands alone allows nothing.
        Checked::Flag => one(0, None),
        Checked::Ratio(factor, of) => one(*factor, Some(of)),
        Checked::Text(word) => COMPLEXITIES
            .iter()
            .position(|known| known == word)
            .map_or_else(Vec::new, |place| one(place as u64, None)),
        Checked::Named(limits) => {
            let limits = limits.iter().map(|limit| LimitSpec {
                metric: limit.metric,
                of: Some(&limit.of),
                value: limit.value,
                span: limit.word.span(),
            });
            limits.collect()
        }
        _ => Vec::new(),
    }
}

/// Keys whose absence is complained about elsewhere.
const MAKERS: &[&str] = &["setup", "args", "threads", "runtime"];

/// Whether two words say the same: quantiles have one name, and each a metric.
fn same(key: &Key, other: &Key) -> bool {
    key.name == other.name && key.role == other.role
}

/// Words of other tools and of habit, and what they are called here.
const HABITS: &[(&str, &str)] = &[
    ("average", "mean"),
    ("tolerance", "regression"),
    ("avg", "mean"),
    ("bytes", "alloc_bytes"),
    ("context_switches", "switches"),
    ("cycles", "instructions"),
    ("duration", "p99"),
    ("faults", "page_faults"),
    ("minor_faults", "page_faults"),
    ("heap", "mem"),
    ("instrs", "instructions"),
    ("iterations", "samples"),
    ("iters", "samples"),
    ("latency", "p99"),
    ("leak", "growth"),
    ("median", "p50"),
    ("memory", "mem"),
    ("no_alloc", "deny_alloc"),
    ("peak", "mem"),
    ("resident", "rss"),
    ("time", "p99"),
    ("concurrency", "threads"),
    ("big_o", "complexity"),
    ("params", "args"),
    ("sizes", "args"),
    ("timeout", "max"),
    ("users", "threads"),
    ("values", "args"),
    ("workers", "threads"),
];

fn unknown(word: &str) -> Problem {
    if let Some(Err(error)) = Quantile::parse(word) {
        return Problem::wrong_quantile(word, error.text(), error.help());
    }
    let lower = word.to_lowercase();
    let habit = HABITS
        .iter()
        .find(|(habit, _)| *habit == lower)
        .map(|(_, key)| *key);
    let words: Vec<&str> = attribute_words()
        .chain(["p50", "p75", "p90", "p95", "p99", "p99_9"])
        .collect();
    let exact = words.iter().copied().find(|known| *known == lower);
    match exact
        .or(habit)
        .or_else(|| perf_grammar::nearest(&lower, &words))
    {
        Some(near) => Problem::mistyped_key(word, near),
        None => {
            let keys = attribute_words().collect::<Vec<_>>().join(", ");
            Problem::unknown_key(word, &keys)
        }
    }
}

fn attribute_words() -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter(|key| key.in_attribute)
        .map(|key| key.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attribute: &str) -> (Spec, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let spec = Spec::read(
            attribute.parse().expect("the row is made of tokens"),
            &mut mistakes,
        );
        (spec, mistakes.texts())
    }

    #[track_caller]
    fn limits(attribute: &str, expected: &[(&str, u64)]) {
        let (spec, mistakes) = read(attribute);
        assert_eq!(mistakes, [""; 0], "{attribute}");
        let read: Vec<(String, u64)> = spec
            .limits()
            .map(|limit| (limit.metric.key(), limit.value))
            .collect();
        let read: Vec<(&str, u64)> = read
            .iter()
            .map(|(key, amount)| (key.as_str(), *amount))
            .collect();
        assert_eq!(read, expected, "{attribute}");
    }

    #[track_caller]
    fn refuses(attribute: &str, parts: &[&str]) {
        let (_, mistakes) = read(attribute);
        assert_eq!(mistakes.len(), parts.len(), "{attribute}: {mistakes:#?}");
        for (mistake, part) in mistakes.iter().zip(parts) {
            assert!(mistake.contains(part), "{attribute}: {mistake}");
        }
    }

    #[test]
    fn limits_are_read_into_base_units_in_the_order_they_stand() {
        limits(
            "p99_9 = \"1.5ms\", min = \"5ns\"",
            &[("p99_9", 1_500_000), ("min", 5)],
        );
        limits(
            "mem = \"1KiB\", allocs = 1_000, retained = \"0B\"",
            &[("mem", 1024), ("allocs", 1000), ("retained", 0)],
        );
        limits(
            "allocs = \"1_000\", throughput = \"5/s\"",
            &[("allocs", 1000), ("throughput", 5000)],
        );
        limits("class = \"interactive\"", &[]);
        limits("regression = \"5%\"", &[]);
        limits(
            "deny_alloc, growth = \"10MB\", rss = \"1GB\", cpu_share = \"350%\"",
            &[
                ("deny_alloc", 0),
                ("growth", 10_000_000),
                ("rss", 1_000_000_000),
                ("cpu_share", 3_500_000),
            ],
        );
    }

    #[test]
    fn the_other_keys_are_read_by_name() {
        let (spec, mistakes) = read(
            "class = \"c\", items = 4, warmup = 10, max_time = \"1s\", clock = \"cpu\", tags = [\"a\", \"b\"], ignore, crate = ::a::b, setup = || 5",
        );
        assert_eq!(mistakes, [""; 0]);
        assert_eq!(
            (
                spec.amount("items"),
                spec.amount("max_time"),
                spec.amount("samples")
            ),
            (Some(4), Some(1_000_000_000), None)
        );
        assert!(matches!(
            spec.get("warmup").map(|given| &given.value),
            Some(Checked::Calls(10))
        ));
        assert_eq!(
            (spec.text("clock"), spec.text("ignore"), spec.text("id")),
            (Some("cpu"), Some(""), None)
        );
        assert_eq!(spec.texts("tags"), ["a", "b"]);
        assert!(spec.expression("setup").is_some());
    }

    #[test]
    fn every_mistake_is_reported_and_none_twice() {
        refuses("", &["no limit is given"]);
        refuses("mode = \"soft\"", &["no limit is given"]);
        refuses(
            "p99 = \"10\", memm = \"5MB\", samples = 0",
            &[
                "has no unit",
                "did you mean `mem`?",
                "from 1 to 1,000,000,000",
            ],
        );
        refuses("p99 = ", &["no value behind the `=`"]);
        refuses("p99", &["needs a value"]);
        refuses(
            "p99_0 = \"1ms\", p99 = \"2ms\", p99 = \"3ms\"",
            &["`p99` is `p99_0`", "`p99` is `p99_0`"],
        );
        refuses("mem = \"1B\", mem = \"x\"", &["given twice", "not a size"]);
        refuses("false_fail = 0.1", &["perf-budgets.toml"]);
        refuses("deny_alloc = true", &["stands alone"]);
        refuses("allocs = 0, deny_alloc", &["keep one of the two"]);
        refuses("cpu_share = \"0%\"", &["above zero"]);
        refuses("regression = \"1%\"", &["below 2%"]);
        refuses("regression = 10", &["a tolerance in quotes"]);
        refuses("tolerance = \"10%\"", &["did you mean `regression`?"]);
        refuses("xyzzy = 3", &["the keys are min"]);
    }

    #[test]
    fn habits_lead_to_keys() {
        for (_, key) in HABITS {
            assert!(
                perf_grammar::find(key).is_some_and(|key| key.in_attribute),
                "{key}"
            );
        }
        refuses("median = \"1ms\"", &["did you mean `p50`?"]);
        refuses("P95 = \"1ms\"", &["did you mean `p95`?"]);
    }
}
