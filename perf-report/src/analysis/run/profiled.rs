//! The profiles of the cases of a run.

use perf_grammar::Verdict;

use super::{Case, Run};
use crate::model::profile::Profile;
use crate::model::protocol::Listed;
use crate::model::record::Reason;

impl Run {
    /// A case of which nothing but its profile is known.
    pub(crate) fn of_profile(listed: &Listed, profile: Profile) -> Run {
        let unjudged = Listed {
            limits: Vec::new(),
            ..listed.clone()
        };
        let none = Reason {
            kind: String::new(),
            text: String::new(),
        };
        let case = Case {
            outcome: Verdict::Pass,
            time_profile: Some(profile),
            ..Case::missing(&unjudged, &none)
        };
        Run {
            cases: vec![case],
            ..Run::default()
        }
    }

    /// Puts profiles to the cases that they are of.
    pub(crate) fn add_profiles(&mut self, profiles: Vec<Profile>) {
        for profile in profiles {
            let place = self
                .cases
                .binary_search_by(|case| case.id.cmp(&profile.case));
            if let Ok(place) = place {
                self.cases[place].time_profile = Some(profile);
            }
        }
    }
}
