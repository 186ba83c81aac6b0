//! What one run found, case by case.

use std::collections::BTreeMap;

use crate::analysis::run::Joined;
use crate::model::manifest::Manifest;
use crate::model::record::{Limit, Record};

use perf_grammar::Metric;

/// One run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Observation {
    records: BTreeMap<String, Record>,
    /// Cases that left no record that counts, and why.
    lost: BTreeMap<String, String>,
}

impl Observation {
    /// Puts the records of a run to their cases.
    pub(crate) fn of(joined: Joined, manifest: Option<&Manifest>) -> Observation {
        let records: BTreeMap<String, Record> = joined
            .records
            .into_iter()
            .map(|filed| (filed.record.case.id.clone(), *filed.record))
            .collect();
        let mut lost = BTreeMap::new();
        for death in manifest.into_iter().flat_map(|manifest| &manifest.deaths) {
            for id in &death.cases {
                if death.at.as_ref() == Some(id) || !records.contains_key(id) {
                    lost.insert(id.clone(), format!("its process {}", death.how));
                }
            }
        }
        for listed in manifest.into_iter().flat_map(|manifest| &manifest.cases) {
            if !records.contains_key(&listed.id) {
                lost.entry(listed.id.clone())
                    .or_insert_with(|| "it left no record that can be read".to_owned());
            }
        }
        Observation { records, lost }
    }

    pub(super) fn record(&self, id: &str) -> Option<&Record> {
        self.records.get(id)
    }

    /// What it says of one limit of a case.
    pub(super) fn limit(&self, id: &str, metric: Metric, of: Option<&str>) -> Option<&Limit> {
        let limits = &self.record(id)?.limits;
        // A case has one ratio, whatever other case it names.
        limits.iter().find(|limit| {
            limit.metric == metric.key() && (metric == Metric::Ratio || limit.of.as_deref() == of)
        })
    }

    /// The profile under which a case was measured.
    pub(super) fn profile(&self, id: &str) -> Option<&str> {
        self.record(id)?.plan.as_ref()?.profile.as_deref()
    }

    /// Why the case could not be measured, or failed by itself.
    pub(super) fn failure(&self, id: &str) -> Option<String> {
        if let Some(why) = self.lost.get(id) {
            return Some(why.clone());
        }
        let failure = self.record(id)?.failure.as_ref()?;
        let first = failure.first_line();
        Some(format!("it failed by itself ({}: {first})", failure.kind))
    }
}
