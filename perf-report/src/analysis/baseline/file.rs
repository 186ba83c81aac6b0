//! The wire forms: the two kinds of files. Fields stand in the order of their
//! names, because the files are sorted.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use perf_grammar::Unit;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::SCHEMA;
use super::number::{Number, Runs};
use crate::model::record::{BaseUnit, Environment, Word};

/// What holds on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portable {
    #[serde(deserialize_with = "each_once")]
    pub(crate) cases: BTreeMap<String, PortableCase>,
    pub(crate) kind: Kind,
    pub(crate) schema: u32,
}

/// What holds of one case on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortableCase {
    pub(crate) commit: Option<String>,
    /// Whose allocator counted.
    pub(crate) counter: Option<String>,
    /// Counts of one call, by the key of the metric: `allocs`, `events sqlx::query`.
    #[serde(deserialize_with = "each_once")]
    pub(crate) counts: BTreeMap<String, Runs>,
    /// Files differed from the commit.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) dirty: bool,
    /// The exponent by which time grows with the argument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) growth: Option<Runs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<Instructions>,
    pub(crate) profile: String,
    pub(crate) runs: usize,
    /// The day: `2026-12-31`.
    pub(crate) saved: String,
}

/// Instructions of one call, by callgrind; they hold where the compiler is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instructions {
    pub(crate) count: Runs,
    pub(crate) rustc: Option<String>,
    pub(crate) tier: String,
}

/// Times on one class of machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Times {
    #[serde(deserialize_with = "each_once")]
    pub(crate) cases: BTreeMap<String, TimesCase>,
    pub(crate) kind: Kind,
    pub(crate) machine: Machine,
    pub(crate) schema: u32,
}

/// What must agree before times are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Machine {
    pub(crate) arch: String,
    pub(crate) cores: u32,
    pub(crate) os: String,
    pub(crate) processor: Option<String>,
}

/// Times of one case: nanoseconds of one call, or of one item where a call
/// handles several; lists have one number a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimesCase {
    /// How many other cases were measured in turns with it.
    pub(crate) beside: usize,
    /// The limits it had when it was saved, by name.
    #[serde(deserialize_with = "each_once")]
    pub(crate) budgets: BTreeMap<String, Budget>,
    /// Calls of a run.
    pub(crate) calls: u64,
    pub(crate) clock: String,
    pub(crate) commit: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cpu_ns: Vec<Number>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) dirty: bool,
    pub(crate) items: u64,
    /// Users at the same time, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) load: Option<String>,
    /// Where calls are too short to be timed one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mean_ns: Vec<Number>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) p50_ns: Vec<Number>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) p99_ns: Vec<Number>,
    pub(crate) profile: String,
    /// The rest of the distribution, medians over the runs.
    #[serde(deserialize_with = "each_once")]
    pub(crate) quantiles_ns: BTreeMap<String, Number>,
    pub(crate) runs: usize,
    pub(crate) rustc: Option<String>,
    /// The day: `2026-12-31`.
    pub(crate) saved: String,
}

/// A limit when the baseline was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    /// Whether it is a least, not a most.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) floor: bool,
    pub(crate) limit: u64,
    /// The median over the runs.
    pub(crate) measured: Option<Number>,
    #[serde(with = "BaseUnit")]
    pub(crate) unit: Unit,
    /// The worst of the runs.
    pub(crate) verdict: Word,
}

/// Which of the two a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Portable,
    Times,
}

impl Portable {
    pub(crate) fn new() -> Portable {
        Portable {
            cases: BTreeMap::new(),
            kind: Kind::Portable,
            schema: SCHEMA,
        }
    }
}

impl Times {
    pub(crate) fn new(machine: Machine) -> Times {
        Times {
            cases: BTreeMap::new(),
            kind: Kind::Times,
            machine,
            schema: SCHEMA,
        }
    }
}

impl Machine {
    pub(crate) fn of(environment: &Environment) -> Machine {
        Machine {
            arch: environment.arch.clone(),
            cores: environment.cores,
            os: environment.os.clone(),
            processor: environment.processor.clone(),
        }
    }

    /// Its class in words, as records call it.
    pub(crate) fn class(&self) -> String {
        let processor = self.processor.as_deref();
        perf_grammar::machine_class(processor, self.cores.into(), &self.arch, &self.os)
    }

    /// The name of its file.
    pub(crate) fn file_name(&self) -> String {
        let mut name = String::new();
        for c in self.class().chars() {
            if c.is_ascii_alphanumeric() || c == '_' {
                name.extend(c.to_lowercase());
            } else if !name.ends_with('-') {
                name.push('-');
            }
        }
        format!("{}.json", name.trim_matches('-'))
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Reads an object in which no name stands twice: what two branches have both
/// written, and git has put together, is refused instead of half lost.
fn each_once<'de, D, V>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct Once<V>(PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for Once<V> {
        type Value = BTreeMap<String, V>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(name) = access.next_key::<String>()? {
                if map.contains_key(&name) {
                    return Err(A::Error::custom(format!(
                        "`{name}` stands here twice; take one of the two out, or save it anew"
                    )));
                }
                map.insert(name, access.next_value()?);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Once(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_name_that_can_be_a_file() {
        let mut machine = Machine {
            arch: "x86_64".to_owned(),
            cores: 2,
            os: "linux".to_owned(),
            processor: Some("Intel(R) Xeon(R) CPU @ 2.20GHz".to_owned()),
        };
        assert_eq!(
            machine.file_name(),
            "intel-r-xeon-r-cpu-2-20ghz-2-cores-x86_64-linux.json"
        );
        machine.processor = None;
        assert_eq!(
            machine.file_name(),
            "unknown-processor-2-cores-x86_64-linux.json"
        );
    }
}
