//! Limits on something with a name: `span."render".p99 = "2ms"`.

use perf_grammar::{Key, Metric, NoLimit, Role, Value};

use super::Settings;
use super::home::Home;
use super::read::{Entry, Reader, Word, pairs};
use super::value::{self, Found};
use crate::collections::trim;
use crate::model::plan::Target;
use crate::model::problem::{Problem, near};

impl Reader<'_> {
    /// The limits behind a key that needs a name, such as `span`.
    pub(super) fn named(
        &mut self,
        into: &mut Settings,
        home: &Home,
        key: &Key,
        word: &Word<'_>,
        entry: &Entry<'_>,
    ) {
        let example = example(key);
        let Some(names) = pairs(entry) else {
            return self.mistake(entry.span(), Problem::not_names(example));
        };
        if names.is_empty() {
            let problem = Problem::no_name(key.name, example);
            self.mistake(word.span(), problem);
        }
        for (name, entry) in names {
            let of = name.get_ref().to_string();
            if trim(&of).is_empty() {
                self.mistake(name.span(), Problem::empty_name(example));
                continue;
            }
            let Some(limits) = pairs(entry) else {
                self.mistake(entry.span(), Problem::not_limits(example));
                continue;
            };
            if limits.is_empty() {
                let problem = Problem::no_limit_of_name(key.name, &format!("{of:?}"), example);
                self.mistake(name.span(), problem);
            }
            for (word, entry) in limits {
                self.limit_of(into, home, key, &of, word, entry);
            }
        }
    }

    fn limit_of(
        &mut self,
        into: &mut Settings,
        home: &Home,
        key: &Key,
        of: &str,
        word: &Word<'_>,
        entry: &Entry<'_>,
    ) {
        let limit = &**word.get_ref();
        let key_of = match key.of_named(limit) {
            Ok(key_of) => key_of,
            Err(why) => {
                let (table, error) = (&home.name, why.error());
                let text = error.text();
                let problem = match (&why, near(limit, key.words_of_named())) {
                    (NoLimit::Quantile(..), _) => {
                        Problem::mistyped_statistic(limit, table, &text, &error.help())
                    }
                    (NoLimit::Holds { .. }, "") => {
                        Problem::unknown_statistic(limit, table, &text, example(key))
                    }
                    (NoLimit::Holds { .. }, near) => {
                        let next = format!("did you mean `{near}`?");
                        Problem::mistyped_statistic(limit, table, &text, &next)
                    }
                };
                return self.mistake(word.span(), problem);
            }
        };
        debug_assert!(matches!(key_of.value, Value::Quantity(_)));
        match (key_of.role, value::read(&key_of, limit, entry)) {
            (Role::Limit(metric), Ok(Found::Number(value))) => {
                let target = Target {
                    metric,
                    of: Some(of.to_owned()),
                };
                into.limit(target, value, self.spot(entry.span().start));
            }
            (_, Ok(_)) => self.wrong(value::never(limit, entry)),
            (_, Err(wrong)) => self.wrong(wrong),
        }
    }
}

/// What a line of the file looks like.
fn example(key: &Key) -> &'static str {
    match key.role {
        Role::Limit(Metric::Span(_)) => "span.\"render\".p99 = \"2ms\"",
        Role::Limit(Metric::Meter(_)) => "meter.\"open_files\".max = 0",
        Role::Limit(Metric::Events) => "events.\"sqlx::query\".max = 5",
        _ => "count.\"cache.miss\".max = 3",
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::file::{Settings, parse};

    fn limits(settings: &Settings) -> Vec<String> {
        let shown = settings.limits.iter().map(|(target, set)| {
            let of = target.of.as_deref().unwrap_or("-");
            let place = set.place.expect("a place").shown("f");
            format!("{} {of} {} {place}", target.metric, set.value)
        });
        shown.collect()
    }

    #[test]
    fn named_limits_stand_in_budgets_classes_and_profiles() {
        let text = "schema = 1\n\
            [budget.\"page::*\"]\n\
            span.\"render\".p99 = \"2ms\"\n\
            span.\"render\".max = \"5ms\"\n\
            events.\"sqlx::query\".max = 5\n\
            [class.web]\n\
            count.\"cache.miss\".max = 3\n\
            [profile.ci.budget.\"page::*\"]\n\
            meter.open_files = { max = 0, min = 0 }\n";
        let file = parse(text, "f").expect("a sound file");
        assert_eq!(
            limits(&file.budgets[0].settings),
            [
                "span_p99 render 2000000 f:3:21",
                "span_max render 5000000 f:4:21",
                "events sqlx::query 5 f:5:28",
            ]
        );
        assert_eq!(
            limits(&file.classes[0].settings),
            ["count cache.miss 3 f:7:26"]
        );
        assert_eq!(
            limits(&file.profiles[0].budgets[0].settings),
            ["meter open_files 0 f:9:28", "meter_min open_files 0 f:9:37"]
        );
    }

    #[test]
    fn what_holds_nothing_is_told_with_its_place_and_what_to_write() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let text = format!("schema = 1\n[budget.a]\n{line}\n");
            let mistakes = parse(&text, "f").expect_err(line);
            let shown: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            assert_eq!(shown.len(), 1, "{shown:?}");
            let (place, part) = expected.split_once(": ").expect("a place and a part");
            let starts = shown[0].starts_with(&format!("f:{place}: "));
            assert!(starts && shown[0].contains(part), "{}", shown[0]);
        }
        check(
            "span.\"render\".p9x = \"2ms\"",
            "3:15: found `p9x` in [budget.\"a\"]; `span` holds",
        );
        check(
            "span.\"render\".meen = \"2ms\"",
            "3:15: did you mean `mean`?",
        );
        check(
            "span.\"render\".p100 = \"2ms\"",
            "3:15: write `max` or `p99_9`",
        );
        check("span.\"render\".p99 = 2", "3:21: found 2 for `p99`");
        check("span.\"render\".p99 = \"0s\"", "3:21: found zero for `p99`");
        check("span.\"render\" = \"2ms\"", "3:17: found a single value");
        check(
            "span.\"render\" = {}",
            "3:6: `span` of \"render\" has no limit",
        );
        check("span.\" \".p99 = \"2ms\"", "3:6: the name is empty");
        check(
            "span = \"2ms\"",
            "3:8: write `span.\"render\".p99 = \"2ms\"`",
        );
        check("events = {}", "3:1: found `events` without a name");
        check("events.\"a\".p99 = 5", "3:12: `events` holds `max` only");
        check("events.\"a\".mx = 5", "3:12: did you mean `max`?");
        check("count.\"a\".max = \"many\"", "3:18: many");
        check("meter.\"a\".mean = 1", "3:11: `meter` holds `max` or `min`");
        check("evnts.\"a\".max = 5", "3:1: did you mean `events`?");
    }

    #[test]
    fn a_limit_belongs_to_cases_with_a_name_as_without() {
        let text = "schema = 1\n[defaults]\nspan.\"a\".p99 = \"1ms\"\n";
        let mistakes = parse(text, "f").expect_err("a limit of all cases");
        let shown = mistakes[0].to_string();
        assert!(shown.contains("a limit belongs to cases"), "{shown}");
    }
}
