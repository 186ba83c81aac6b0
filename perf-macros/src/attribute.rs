//! The text of the attribute, checked: which keys are given, and what they say.

use perf_grammar::{Availability, KEYS, Key, Metric, Quantile, Role};
use proc_macro2::{Ident, Span, TokenStream};
use syn::Expr;

use crate::entries::{self, Entry};
use crate::mistakes::Mistakes;
use crate::value::{self, Checked};

/// Everything that the attribute says.
#[derive(Default)]
pub(crate) struct Spec {
    given: Vec<Given>,
    setup: Option<Ident>,
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
        let mut seen: Vec<(Role, Ident)> = Vec::new();
        for Entry { word, written } in entries::read(attribute, mistakes) {
            let name = word.to_string();
            let Some(key) = perf_grammar::find(&name) else {
                mistakes.at(word.span(), unknown(&name));
                spec.setup = spec
                    .setup
                    .or_else(|| perf_grammar::nearest(&name, &["setup"]).map(|_| word));
                continue;
            };
            if let Availability::Later(instead) = key.availability {
                mistakes.at(
                    word.span(),
                    format!("`{name}` is not available yet; today {instead}"),
                );
                continue;
            }
            if !key.in_attribute {
                mistakes.at(
                    word.span(),
                    format!(
                        "`{name}` belongs in perf-budgets.toml, under `[defaults]` or in a class"
                    ),
                );
                continue;
            }
            match seen
                .iter()
                .find(|(role, first)| same(*role, first, key.role, &word))
            {
                Some((_, first)) if *first == word => mistakes.at(
                    word.span(),
                    format!("`{name}` is given twice: keep one of the two"),
                ),
                Some((_, first)) => mistakes.at(
                    word.span(),
                    format!("`{name}` is `{first}`, which is given already: keep one of the two"),
                ),
                None => seen.push((key.role, word.clone())),
            }
            if name == "setup" {
                spec.setup = Some(word.clone());
            }
            if let Some(value) = value::check(&word, key, written, mistakes) {
                spec.given.push(Given { word, key, value });
            }
        }
        let both = |given: &&Given| matches!(given.key.name, "deny_alloc" | "allocs");
        if let [first, second] = spec.given.iter().filter(both).collect::<Vec<_>>()[..]
            && first.word != second.word
        {
            let message = "`deny_alloc` allows no allocation, so `allocs` says the same again or contradicts it: keep one of the two";
            mistakes.at(second.word.span(), message);
        }
        // A limit with a mistake in it was meant to be one.
        if mistakes.is_empty() && spec.limits().next().is_none() && spec.get("class").is_none() {
            let message = "no limit is given: write at least one, such as `p99 = \"10ms\"`, or a `class` of perf-budgets.toml that has one";
            mistakes.at(Span::call_site(), message);
        }
        spec
    }

    /// What the key `name` was given.
    pub(crate) fn get(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.key.name == name)
    }

    /// The limits in the order they were written, in base units.
    pub(crate) fn limits(&self) -> impl Iterator<Item = (Metric, u64, Span)> {
        self.given
            .iter()
            .filter_map(|given| match (given.key.role, &given.value) {
                (Role::Limit(metric), Checked::Amount(amount)) => {
                    Some((metric, *amount, given.word.span()))
                }
                // A limit that stands alone allows nothing.
                (Role::Limit(metric), Checked::Flag) => Some((metric, 0, given.word.span())),
                _ => None,
            })
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

    /// The expression of `setup`.
    pub(crate) fn setup(&self) -> Option<&Expr> {
        match &self.get("setup")?.value {
            Checked::Expression(expr) => Some(expr),
            _ => None,
        }
    }

    /// The word `setup`, where it is written, whatever is wrong with it: who
    /// misspelt it is not told as well that it is missing.
    pub(crate) fn setup_word(&self) -> Option<&Ident> {
        self.setup.as_ref()
    }
}

fn same(role: Role, word: &Ident, other_role: Role, other: &Ident) -> bool {
    word == other || (matches!(role, Role::Limit(_)) && role == other_role)
}

/// Words of other tools and of habit, and what they are called here.
const HABITS: &[(&str, &str)] = &[
    ("average", "mean"),
    ("avg", "mean"),
    ("bytes", "alloc_bytes"),
    ("cycles", "instructions"),
    ("duration", "p99"),
    ("heap", "mem"),
    ("instrs", "instructions"),
    ("iterations", "rounds"),
    ("iters", "rounds"),
    ("latency", "p99"),
    ("leak", "growth"),
    ("median", "p50"),
    ("memory", "mem"),
    ("no_alloc", "deny_alloc"),
    ("peak", "mem"),
    ("resident", "rss"),
    ("samples", "rounds"),
    ("time", "p99"),
    ("timeout", "max"),
];

fn unknown(word: &str) -> String {
    if let Some(Err(error)) = Quantile::parse(word) {
        return format!("`{word}` is no key: {error}");
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
        Some(near) => format!("unknown key `{word}`; did you mean `{near}`?"),
        None => format!(
            "unknown key `{word}`; the keys are {} and quantiles such as p50, p99 and p99_9",
            attribute_words().collect::<Vec<_>>().join(", ")
        ),
    }
}

fn attribute_words() -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter(|key| key.in_attribute && key.availability == Availability::Now)
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
            .map(|(metric, amount, _)| (metric.key(), amount))
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
                spec.amount("rounds")
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
        assert!(spec.setup().is_some());
    }

    #[test]
    fn every_mistake_is_reported_and_none_twice() {
        refuses("", &["no limit is given"]);
        refuses("mode = \"soft\"", &["no limit is given"]);
        refuses(
            "p99 = \"10\", memm = \"5MB\", rounds = 0",
            &["has no unit", "did you mean `mem`?", "above zero"],
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
        refuses("xyzzy = 3", &["the keys are min"]);
    }

    #[test]
    fn every_reserved_key_says_what_works_today() {
        for key in KEYS {
            if let Availability::Later(instead) = key.availability {
                refuses(
                    &format!("{} = 5, p50 = \"1ms\"", key.name),
                    &[&format!("not available yet; today {instead}")],
                );
            }
        }
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
