//! One cell: a function of known times, a limit on it, and by how much it is over.

/// By how much the judged figure is over its limit.
pub(super) const FACTORS: [f64; 6] = [0.67, 1.0, 1.5, 2.0, 10.0, 100.0];

/// How long calls are about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Length {
    pub(super) name: &'static str,
    pub(super) ns: f64,
    /// Calls after which a ramp begins again: few enough that each verdict sees
    /// all of it.
    ramp: u64,
    limits: &'static [(Shape, &'static str)],
    /// The factors that there is time for.
    factors: &'static [f64],
    /// Seconds a case takes on a machine that is not busy, about.
    seconds: f64,
}

/// How the times of calls differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// They are all the same.
    Constant,
    /// They grow from half the length to one and a half, again and again.
    Ramp,
    /// Two in five take one and a half times the length, the others half of it.
    TwoHumped,
    /// Two in a hundred take four times the length.
    Spikes,
}

use Shape::{Constant, Ramp, Spikes, TwoHumped};

/// Every length. Single calls of 10 ns cannot be timed. What a few calls can show
/// of long functions is that all of them are too slow.
pub(super) const DURATIONS: &[Length] = &[
    Length {
        name: "10ns",
        ns: 10.0,
        ramp: 100_000,
        limits: &[
            (Constant, "mean"),
            (Ramp, "mean"),
            (TwoHumped, "mean"),
            (Spikes, "mean"),
        ],
        factors: &FACTORS,
        seconds: 0.7,
    },
    Length {
        name: "1us",
        ns: 1e3,
        ramp: 1_000,
        limits: &[
            (Constant, "p50"),
            (Constant, "mean"),
            (Ramp, "p99"),
            (TwoHumped, "p99"),
            (Spikes, "p99"),
        ],
        factors: &FACTORS,
        seconds: 1.0,
    },
    Length {
        name: "60us",
        ns: 60e3,
        ramp: 100,
        limits: &[
            (Constant, "p50"),
            (Constant, "p99"),
            (Ramp, "p99"),
            (TwoHumped, "mean"),
            (TwoHumped, "p99"),
            (Spikes, "p99"),
        ],
        factors: &FACTORS,
        seconds: 1.0,
    },
    Length {
        name: "3ms",
        ns: 3e6,
        ramp: 20,
        limits: &[
            (Constant, "p50"),
            (Constant, "p90"),
            (Ramp, "p90"),
            (TwoHumped, "p90"),
            (Spikes, "p99"),
        ],
        factors: &FACTORS,
        seconds: 3.0,
    },
    Length {
        name: "500ms",
        ns: 500e6,
        ramp: 4,
        limits: &[
            (Constant, "p50"),
            (Constant, "p99"),
            (Ramp, "p50"),
            (TwoHumped, "p90"),
        ],
        factors: &[0.67, 2.0, 10.0, 100.0],
        seconds: 9.0,
    },
    Length {
        name: "12s",
        ns: 12e9,
        ramp: 1,
        limits: &[(Constant, "p90")],
        factors: &[0.67, 2.0, 100.0],
        seconds: 90.0,
    },
];

/// A function and its limit.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) length: Length,
    pub(super) shape: Shape,
    pub(super) metric: &'static str,
    pub(super) factor: f64,
}

/// Single calls this short are too short to be timed: limits on them are refused.
const SHORTEST_NS: f64 = 700.0;

/// Every cell of a length.
pub(super) fn cells(length: &Length) -> Vec<Cell> {
    let of_limit = |(shape, metric): &(Shape, &'static str)| {
        let (shape, metric) = (*shape, *metric);
        length.factors.iter().map(move |factor| Cell {
            length: length.clone(),
            shape,
            metric,
            factor: *factor,
        })
    };
    let is_timed = |cell: &Cell| cell.metric == "mean" || cell.limit_ns() >= SHORTEST_NS;
    length
        .limits
        .iter()
        .flat_map(of_limit)
        .filter(is_timed)
        .collect()
}

impl Length {
    /// Those are asleep, and counted a few times only.
    pub(super) fn is_long(&self) -> bool {
        self.ns >= 1e8
    }

    /// Seconds a case takes beside this many neighbours a processor, about.
    pub(super) fn estimate_s(&self, load: usize) -> f64 {
        if self.is_long() {
            self.seconds
        } else {
            self.seconds * (1 + load) as f64
        }
    }
}

impl Shape {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Constant => "constant",
            Ramp => "ramp",
            TwoHumped => "two-humped",
            Spikes => "2 % spikes",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Constant => "constant",
            Ramp => "ramp",
            TwoHumped => "humps",
            Spikes => "spikes",
        }
    }

    /// The true figure, in lengths.
    fn figure(self, metric: &str) -> f64 {
        let share: f64 = match metric {
            "mean" => {
                return match self {
                    Constant | Ramp => 1.0,
                    TwoHumped => 0.4 * 1.5 + 0.6 * 0.5,
                    Spikes => 0.02 * 4.0 + 0.98,
                };
            }
            "p50" => 0.5,
            "p90" => 0.9,
            _ => 0.99,
        };
        match self {
            Constant => 1.0,
            Ramp => 0.5 + share,
            TwoHumped if share > 0.6 => 1.5,
            TwoHumped => 0.5,
            Spikes if share > 0.98 => 4.0,
            Spikes => 1.0,
        }
    }
}

impl Cell {
    /// The name of its function: `ramp_p99_2000`, in thousandths of its limit.
    pub(super) fn function(&self) -> String {
        format!(
            "{}_{}_{:.0}",
            self.shape.word(),
            self.metric,
            self.factor * 1e3
        )
    }

    /// Its name in records.
    pub(super) fn name(&self) -> String {
        format!("of_{}::{}", self.length.name, self.function())
    }

    /// What the cells of one row of the table have in common.
    pub(super) fn row(&self) -> (Shape, &'static str) {
        (self.shape, self.metric)
    }

    /// What its function takes by itself, nanoseconds.
    pub(super) fn own_ns(&self) -> f64 {
        self.shape.figure(self.metric) * self.length.ns
    }

    fn limit_ns(&self) -> f64 {
        self.own_ns() / self.factor
    }

    /// Its limit, as it is written.
    fn limit(&self) -> String {
        self.limit_of(self.limit_ns())
    }

    /// A limit of this many nanoseconds, as it is written.
    pub(super) fn limit_of(&self, ns: f64) -> String {
        // A duration is in whole nanoseconds; as a rate the same limit is exact.
        if self.metric == "mean" && ns < 100.0 {
            format!("throughput = \"{:.0}/s\"", 1e9 / ns)
        } else {
            format!("{} = \"{ns:.0}ns\"", self.metric)
        }
    }

    /// More time, where a few calls in a hundred have to be told from one: that
    /// takes thousands.
    fn more(&self) -> &'static str {
        match (self.shape, self.factor) {
            (Spikes, 2.0) if self.length.ns > 1e6 => ", max_time = \"60s\"",
            _ => "",
        }
    }

    /// Its function, with its limit.
    pub(super) fn source(&self) -> String {
        let wait = if self.length.is_long() {
            "asleep"
        } else {
            "busy"
        };
        format!(
            "\n    #[perf_budget({}{})]\n    fn {}() {{\n        static CALLS: Count = Count::new();\n        let n = CALLS.next();\n        {wait}({});\n    }}\n",
            self.limit(),
            self.more(),
            self.function(),
            self.time()
        )
    }

    /// The time of its call number `n`, as an expression.
    fn time(&self) -> String {
        let ns = self.length.ns;
        let whole = |factor: f64| format!("{:.0}", ns * factor);
        match self.shape {
            Constant => format!("{} + n * 0", whole(1.0)),
            Ramp => format!(
                "{} + {} * (n % {ramp}) / {ramp}",
                whole(0.5),
                whole(1.0),
                ramp = self.length.ramp
            ),
            TwoHumped => format!(
                "if n % 5 < 2 {{ {} }} else {{ {} }}",
                whole(1.5),
                whole(0.5)
            ),
            Spikes => format!(
                "if n % 50 == 7 {{ {} }} else {{ {} }}",
                whole(4.0),
                whole(1.0)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_the_true_figure_by_its_factor() {
        let all: Vec<Cell> = DURATIONS.iter().flat_map(cells).collect();
        let limit = |name: &str| {
            let cell = all.iter().find(|cell| cell.name() == name);
            cell.map_or_else(|| panic!("no cell {name}"), Cell::limit)
        };
        assert_eq!(limit("of_60us::ramp_p99_2000"), "p99 = \"44700ns\"");
        assert_eq!(limit("of_60us::humps_mean_1000"), "mean = \"54000ns\"");
        assert_eq!(limit("of_1us::spikes_p99_2000"), "p99 = \"2000ns\"");
        assert!(
            !all.iter()
                .any(|cell| cell.name() == "of_1us::spikes_p99_10000")
        );
        assert_eq!(
            limit("of_10ns::constant_mean_100000"),
            "throughput = \"10000000000/s\""
        );
        assert_eq!(limit("of_12s::constant_p90_2000"), "p90 = \"6000000000ns\"");
        let mut names: Vec<String> = all.iter().map(Cell::name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all.len());
    }
}
