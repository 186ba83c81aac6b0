//! The machine and the build that a case was measured on, as a record holds them.

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
