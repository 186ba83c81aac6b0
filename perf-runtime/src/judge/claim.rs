//! What a time limit claims, and by which observations it is judged: decided once, here,
//! for the tests, the rounds that are made for them, and the sentences about them.

use perf_grammar::{Metric, Quantile, Statistic};

/// What a limit claims of its observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// At most the share above this quantile is above the limit.
    Quantile(Quantile),
    /// At most the share that the limit says, millionths, counts.
    Share,
    /// The mean is at most the limit.
    Mean,
    /// Some are at or below the limit.
    Minimum,
    /// None is above the limit.
    Maximum,
    /// Half of them are at or below the limit; each is evidence by itself.
    Median,
}

/// What is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observations {
    /// Times of calls, or of batches of them.
    Calls,
    /// Whether calls failed.
    Outcomes,
    /// Times of spans with one name.
    Spans,
    /// The processor time of a call in a round, nanoseconds.
    ProcessorTime,
    /// The processor time of a round as a share of its time, millionths.
    ProcessorShare,
    /// Ratios of a round to one of another case.
    AgainstOther,
    /// Ratios of a round of many users to one of a user alone.
    AgainstAlone,
    /// First calls, each of a fresh process.
    FirstCalls,
}

impl Claim {
    /// What a limit on this metric claims, and of what. Of metrics that are counted
    /// exactly nothing is claimed: they have no judge.
    pub(crate) const fn of(metric: Metric) -> (Claim, Observations) {
        match metric {
            Metric::Quantile(quantile) => (Claim::Quantile(quantile), Observations::Calls),
            Metric::Min => (Claim::Minimum, Observations::Calls),
            Metric::Max => (Claim::Maximum, Observations::Calls),
            Metric::First => (Claim::Median, Observations::FirstCalls),
            Metric::Errors => (Claim::Share, Observations::Outcomes),
            Metric::Ratio => (Claim::Median, Observations::AgainstOther),
            Metric::Degradation => (Claim::Median, Observations::AgainstAlone),
            Metric::Cpu => (Claim::Mean, Observations::ProcessorTime),
            Metric::CpuShare => (Claim::Mean, Observations::ProcessorShare),
            Metric::Span(Statistic::Quantile(quantile)) => {
                (Claim::Quantile(quantile), Observations::Spans)
            }
            Metric::Span(Statistic::Mean) => (Claim::Mean, Observations::Spans),
            Metric::Span(Statistic::Max) => (Claim::Maximum, Observations::Spans),
            // `mean` and `throughput`.
            _ => (Claim::Mean, Observations::Calls),
        }
    }
}

impl Observations {
    /// Whether each is a ratio of two rounds.
    pub(crate) const fn are_pairs(self) -> bool {
        matches!(
            self,
            Observations::AgainstOther | Observations::AgainstAlone
        )
    }

    /// Whether each is a round as a whole, looked at for its processor time.
    pub(crate) const fn are_of_processor(self) -> bool {
        matches!(
            self,
            Observations::ProcessorTime | Observations::ProcessorShare
        )
    }
}

#[cfg(test)]
mod tests {
    use perf_grammar::{KEYS, Noise, Role};

    use super::*;

    /// A metric that is new is judged by what it claims, and not by what is left over.
    #[test]
    fn what_is_judged_as_the_mean_of_calls_is_a_mean_of_calls() {
        let mut means = Vec::new();
        for key in KEYS {
            if let Role::Limit(metric) = key.role
                && metric.noise() == Noise::Noisy
                && Claim::of(metric) == (Claim::Mean, Observations::Calls)
            {
                means.push(key.name);
            }
        }
        means.sort_unstable();
        assert_eq!(means, ["mean", "throughput"]);
    }
}
