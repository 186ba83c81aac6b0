//! One prefix a column: the unit in the head, bare numbers below it.

/// What the numbers of a column count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nanoseconds.
    Duration,
    /// Bytes, in powers of 1000.
    Bytes,
    /// Whole numbers, without a prefix.
    Count,
    /// Events in one second.
    PerSecond,
}

impl Kind {
    /// What programs are given of it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Duration => "ns",
            Kind::Bytes => "bytes",
            Kind::Count | Kind::PerSecond => "count",
        }
    }

    pub(crate) const ALL: [Kind; 4] = [Kind::Duration, Kind::Bytes, Kind::Count, Kind::PerSecond];
}

/// The prefix in which these values read best, for all columns that hold them:
/// the one that makes them narrowest; among those, the one that leaves most
/// numbers between 1 and 1000, then the greatest.
///
/// NOTE: columns of the same kind share it. Each in a separate prefix, a
/// median in ns stood beside a p95 in µs, and could not be compared at a glance.
pub(crate) fn prefix(kind: Kind, values: &[Option<f64>]) -> Prefix {
    let merit = |prefix: &Prefix| {
        let odd = values
            .iter()
            .flatten()
            .filter(|value| !reads_well(*value / prefix.1))
            .count();
        let width = cells(kind, prefix.1, values)
            .iter()
            .map(|cell| cell.chars().count())
            .max();
        (width, odd)
    };
    let mut prefixes = prefixes(kind);
    if values.iter().flatten().all(|value| *value == 0.0) {
        prefixes = &prefixes[..1];
    }
    // Of equals the first is taken, and the greatest prefix stands first.
    let best = prefixes.iter().rev().min_by_key(|prefix| merit(prefix));
    *best.expect("every kind has a prefix")
}

/// A unit and how much of the base unit it is.
pub(crate) type Prefix = (&'static str, f64);

fn prefixes(kind: Kind) -> &'static [Prefix] {
    match kind {
        Kind::Duration => &[("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)],
        Kind::Bytes => &[("B", 1.0), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9)],
        Kind::Count => &[("", 1.0)],
        Kind::PerSecond => &[("/s", 1.0), ("k/s", 1e3), ("M/s", 1e6), ("G/s", 1e9)],
    }
}

fn reads_well(value: f64) -> bool {
    value == 0.0 || (1.0..1000.0).contains(&value.abs())
}

/// The cells of a column in a prefix; empty where there is no value.
pub(crate) fn cells(kind: Kind, scale: f64, values: &[Option<f64>]) -> Vec<String> {
    let whole = kind == Kind::Count || (kind == Kind::Bytes && scale == 1.0);
    let cell = |value: f64| {
        if whole {
            perf_grammar::format_count(value.round())
        } else {
            three_digits(value / scale)
        }
    };
    values
        .iter()
        .map(|value| value.map(cell).unwrap_or_default())
        .collect()
}

/// Three significant digits, zeros kept, so that a column lines up.
fn three_digits(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if size >= 99.95 {
        return perf_grammar::format_count(value.round());
    }
    // 0.05 and below: rounding may carry into the next decade.
    let decade = size.log10().floor() as i32;
    let decimals = usize::try_from(2 - decade).unwrap_or(0).min(12);
    let text = format!("{value:.decimals$}");
    if digits_of(&text) > 3 {
        format!("{value:.*}", decimals - 1)
    } else {
        text
    }
}

fn digits_of(text: &str) -> usize {
    text.chars()
        .filter(char::is_ascii_digit)
        .skip_while(|digit| *digit == '0')
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, values: &[f64], expected: &str, printed: &[&str]) {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let (unit, scale) = prefix(kind, &values);
        assert_eq!(unit, expected);
        assert_eq!(cells(kind, scale, &values), printed);
    }

    #[test]
    fn a_column_has_one_prefix() {
        check(
            Kind::Duration,
            &[8.1e6, 12.4e6, 31e6],
            "ms",
            &["8.10", "12.4", "31.0"],
        );
        check(Kind::Duration, &[350.0, 12.4e6], "µs", &["0.350", "12,400"]);
        check(
            Kind::Duration,
            &[2.0, 3.5e9],
            "µs",
            &["0.00200", "3,500,000"],
        );
        check(Kind::Duration, &[0.0], "ns", &["0"]);
        check(Kind::Duration, &[715.0, 8232.0], "µs", &["0.715", "8.23"]);
        check(Kind::Bytes, &[2_097_152.0, 50e6], "MB", &["2.10", "50.0"]);
        check(Kind::Bytes, &[24.0, 96.0], "B", &["24", "96"]);
        check(Kind::Count, &[412.0, 1200.0], "", &["412", "1,200"]);
        check(Kind::PerSecond, &[107.5, 88.0], "/s", &["108", "88.0"]);
    }

    #[test]
    fn rounding_into_the_next_decade_keeps_three_digits() {
        check(Kind::Duration, &[9.996e6, 9.0e6], "ms", &["10.0", "9.00"]);
        check(Kind::PerSecond, &[99.96, 2.0], "/s", &["100", "2.00"]);
    }

    #[test]
    fn a_value_that_is_missing_leaves_its_cell_empty() {
        let values = [None, Some(3.0)];
        assert_eq!(cells(Kind::Count, 1.0, &values), ["", "3"]);
    }
}
