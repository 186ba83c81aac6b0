//! The same of what stands beside a report: a diagnosis, and a ranking.

use perf_statistics::Random;
use serde_json::Value;

use super::{LOOK, hostile, is_harmless, outside_code, records, report, without_colours};
use crate::analysis::doctor::{Diagnosis, fixture::spoilt};
use crate::analysis::profile::fixture::regex_in_a_loop;
use crate::analysis::run::Case;
use crate::analysis::top::{Thresholds, Top};
use crate::render::{doctor, top};

#[test]
fn no_text_of_a_diagnosis_acts_on_its_reader() {
    let mut random = Random::new(19);
    for _ in 0..20 {
        let mut diagnosis = Diagnosis::of(&spoilt());
        for finding in &mut diagnosis.findings {
            finding.found = hostile(&mut random);
            for text in [&mut finding.expected, &mut finding.fix]
                .into_iter()
                .flatten()
            {
                *text = hostile(&mut random);
            }
        }
        is_harmless(
            "terminal",
            &without_colours(doctor::terminal(&diagnosis, LOOK)),
        );
        let json = doctor::json(&diagnosis);
        is_harmless("json", &json);
        let read: Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(read["findings"][0]["found"], diagnosis.findings[0].found);
    }
}

#[test]
fn no_text_of_a_ranking_acts_on_its_reader() {
    let mut random = Random::new(16);
    for _ in 0..20 {
        let records = records(&mut random);
        let places = records.iter().filter_map(|record| {
            let allocations = record.allocations.as_ref()?;
            Some((
                record.case.id.clone(),
                allocations.places(&record.case.file),
            ))
        });
        let places = places.collect();
        let report = report(&records, &mut random);
        let budgets = "schema = 1\n[top]\nspan = \"1ns\"\nx = \"1ns\"\n";
        let thresholds = Thresholds::read(budgets, &hostile(&mut random), None).expect("sound");
        let mut cases = report.cases.clone();
        let mut profile = regex_in_a_loop(&cases[0].id);
        for frame in &mut profile.frames {
            frame.function = hostile(&mut random);
            frame.file = Some(hostile(&mut random));
        }
        cases[0].time_profile = Some(profile);
        let cases: Vec<&Case> = cases.iter().collect();
        let ranked = Top::of(&report.run, &cases, &places, &thresholds, 3);
        is_harmless("terminal", &without_colours(top::terminal(&ranked, LOOK)));
        is_harmless("markdown", &outside_code(&top::markdown(&ranked)));
        let json: Value = serde_json::from_str(&top::json(&ranked)).expect("it is JSON");
        assert_eq!(json["tables"][0]["rows"].as_array().map(Vec::len), Some(3));
        is_harmless("json", &top::json(&ranked));
    }
}
