//! The Cargo features of perf-runtime that keys need.

use crate::key::{Key, Role};
use crate::metric::Metric;

/// A Cargo feature of perf-runtime: where it is off, what its keys ask for is not
/// compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Several users who call at the same time.
    Load,
    /// Counted instructions.
    Instructions,
    /// Meters of other crates.
    Meters,
    /// Events and spans of `tracing`.
    Tracing,
    /// The places that allocate.
    AllocSites,
}

impl Feature {
    /// Its name in `Cargo.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Feature::Load => "load",
            Feature::Instructions => "instructions",
            Feature::Meters => "meters",
            Feature::Tracing => "tracing",
            Feature::AllocSites => "alloc-sites",
        }
    }

    /// What is off, and the line that switches it on.
    #[must_use]
    pub fn off(self) -> String {
        format!("{}; {}", self.is_off(), self.switch_on())
    }

    /// What is off.
    #[must_use]
    pub fn is_off(self) -> String {
        format!(
            "the Cargo feature `{}` of perf-runtime, which is off",
            self.name()
        )
    }

    /// The line that switches it on.
    #[must_use]
    pub fn switch_on(self) -> String {
        format!(
            "switch it on in Cargo.toml: `perf-runtime = {{ .., features = [\"{}\"] }}`",
            self.name()
        )
    }
}

impl Metric {
    /// The feature without which it is not measured.
    #[must_use]
    pub fn feature(self) -> Option<Feature> {
        match self {
            Metric::Degradation => Some(Feature::Load),
            Metric::Instructions => Some(Feature::Instructions),
            Metric::Meter(_) => Some(Feature::Meters),
            Metric::Events | Metric::Span(_) => Some(Feature::Tracing),
            _ => None,
        }
    }
}

impl Key {
    /// The feature without which it says nothing.
    #[must_use]
    pub fn feature(&self) -> Option<Feature> {
        match self.role {
            Role::Limit(metric) => metric.feature(),
            _ => matches!(self.name, "threads" | "rate").then_some(Feature::Load),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KEYS;

    #[test]
    fn few_keys_need_a_feature() {
        let needed: Vec<_> = KEYS
            .iter()
            .filter_map(|key| Some((key.name, key.feature()?.name())))
            .collect();
        let expected = [
            ("instructions", "instructions"),
            ("degradation", "load"),
            ("events", "tracing"),
            ("meter", "meters"),
            ("span", "tracing"),
            ("threads", "load"),
            ("rate", "load"),
        ];
        assert_eq!(needed, expected);
    }

    #[test]
    fn a_missing_feature_is_named_with_its_line() {
        let text = Feature::Load.off();
        assert!(text.starts_with("the Cargo feature `load`"));
        assert!(text.ends_with("features = [\"load\"] }`"), "{text}");
    }
}
