//! The machine and the build that a case was measured on, as a record holds them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::model::words::counted;

/// Where it was measured. What only some systems know is kept as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) os: String,
    pub(crate) arch: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kernel: Option<String>,
    pub(crate) processor: Option<String>,
    pub(crate) cores: u32,
    pub(crate) governor: Option<serde_json::Value>,
    pub(crate) turbo: Option<serde_json::Value>,
    pub(crate) cgroup_quota: Option<serde_json::Value>,
    pub(crate) steal_percent: Option<f64>,
    pub(crate) load: Option<f64>,
    pub(crate) virtual_machine: Option<String>,
    pub(crate) throttled: Option<serde_json::Value>,
    pub(crate) rustc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) opt_level: Option<String>,
    /// That of the case's own crate; the one before is perf-runtime's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code_opt_level: Option<String>,
    pub(crate) debug_assertions: bool,
    /// What must agree before two records are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
    /// Sentences: what makes this place unfit for measuring.
    #[serde(default)]
    pub(crate) unfit: Vec<String>,
    /// A word for each of them. Records of earlier versions do not have these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unfit_kinds: Option<Vec<String>>,
}

/// What makes the places of some records unfit for measuring, each kind once: its
/// figures change from record to record. A sentence without a kind is one by itself.
pub(crate) fn unfit<'a>(environments: impl Iterator<Item = &'a Environment>) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = environments.flat_map(|one| {
        let kinds = one.unfit_kinds.iter().flatten().map(Some);
        let kinds = kinds.chain(std::iter::repeat(None));
        one.unfit.iter().zip(kinds)
    });
    all.filter(|(text, kind)| seen.insert(kind.unwrap_or(text)))
        .map(|(text, _)| text.clone())
        .collect()
}

impl Environment {
    /// The class within which times are compared. A record of before the class was
    /// written down says what it is made of.
    pub(crate) fn machine_class(&self) -> String {
        self.fingerprint.clone().unwrap_or_else(|| {
            let processor = self.processor.as_deref();
            perf_grammar::machine_class(processor, self.cores.into(), &self.arch, &self.os)
        })
    }

    /// Whether times say little: the code under test was not optimised.
    pub(crate) fn is_unoptimised(&self) -> bool {
        match &self.code_opt_level {
            Some(level) => level == "0",
            None => self.debug_assertions,
        }
    }

    /// How the code under test was built: `release`, `release with opt-level 1 and
    /// debug assertions`.
    pub(crate) fn build(&self) -> String {
        let profile = self.profile.as_deref().unwrap_or("unknown");
        let usual = if profile == "debug" { "0" } else { "3" };
        let level = self.code_opt_level.as_deref();
        let level = level.filter(|level| *level != usual);
        let unusual = [
            level.map(|level| format!("opt-level {level}")),
            (self.debug_assertions && profile != "debug").then(|| "debug assertions".to_owned()),
        ];
        match unusual.into_iter().flatten().collect::<Vec<_>>() {
            unusual if unusual.is_empty() => profile.to_owned(),
            unusual => format!("{profile} with {}", unusual.join(" and ")),
        }
    }

    /// The machine and its system, for people.
    pub(crate) fn machine_words(&self) -> String {
        // The kind of virtual machine, where the runtime knows more than that it is one.
        let virtual_machine = self.virtual_machine.as_deref().map(|kind| match kind {
            "yes" => "virtual machine".to_owned(),
            kind => kind.to_owned(),
        });
        let parts = [
            self.processor.clone(),
            Some(counted(self.cores as usize, "processor")),
            virtual_machine,
            Some(format!("{} {}", self.os, self.arch)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Record;

    #[test]
    fn each_kind_is_listed_once_and_sentences_without_one_as_they_are() {
        const SAMPLE: &str = include_str!("../../../../perf-runtime/schema/record-1.sample.json");
        let environment = |texts: &[&str], kinds: Option<&[&str]>| {
            let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
            let sample = Record::read(SAMPLE).expect("the sample is a record");
            Environment {
                unfit: owned(texts),
                unfit_kinds: kinds.map(owned),
                ..sample.environment
            }
        };
        let all = [
            environment(&["load 6.2", "powersave"], Some(&["load", "powersave"])),
            environment(&["load 7.1", "quota 2"], Some(&["load", "quota"])),
            environment(&["busy 1"], None),
            environment(&["busy 2", "busy 1"], None),
        ];
        let expected = ["load 6.2", "powersave", "quota 2", "busy 1", "busy 2"];
        assert_eq!(unfit(all.iter()), expected);
    }
}
