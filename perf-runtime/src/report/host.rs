//! What the run is made on: the machine, the system, the compiler, and what makes them unfit to measure on.

use std::fmt;

use crate::model::coded::coded;

/// What is known of the machine and the build; `None` where the system does
/// not tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Environment {
    pub(crate) os: &'static str,
    pub(crate) arch: &'static str,
    /// The kernel's release.
    pub(crate) kernel: Option<String>,
    /// The processor's model.
    pub(crate) processor: Option<String>,
    /// Logical processors that are online.
    pub(crate) cores: usize,
    /// The frequency governor, of the first processor.
    pub(crate) governor: Option<String>,
    /// The driver the governor steers.
    pub(crate) frequency_driver: Option<String>,
    /// Whether the processor may run above its nominal frequency.
    pub(crate) turbo: Option<bool>,
    /// Processors the control group grants, where it grants fewer than all.
    pub(crate) cgroup_quota: Option<f64>,
    /// Tasks that ran or were ready to, on average over the last minute.
    pub(crate) load: Option<f64>,
    /// Processor time since boot, and how much of it the host gave to others.
    pub(crate) steal: Option<Steal>,
    /// The virtual machine's kind or product; `None` on bare metal, or where
    /// the machine hides it.
    pub(crate) virtual_machine: Option<String>,
    /// How often heat slowed a processor since boot.
    pub(crate) throttled: Option<u64>,
    /// `rustc --version` of this crate's compiler, which is the user's.
    pub(crate) rustc: &'static str,
    /// The target triple.
    pub(crate) target: &'static str,
    /// `debug` or `release`, of this crate.
    pub(crate) profile: &'static str,
    /// The optimisation level of *this* crate, which a profile may set apart
    /// from the user's; `Case::build` holds theirs.
    pub(crate) opt_level: &'static str,
}

/// Time in the system's ticks, all processors together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steal {
    pub(crate) stolen: u64,
    pub(crate) total: u64,
}

impl Steal {
    /// Percent of the processor time from `earlier` to `self` that was stolen;
    /// `None` where less than 10 ticks passed.
    pub(crate) fn percent_since(&self, earlier: &Steal) -> Option<f64> {
        let total = self.total.checked_sub(earlier.total)?;
        let stolen = self.stolen.saturating_sub(earlier.stolen);
        (total >= 10).then_some(100.0 * stolen as f64 / total as f64)
    }
}

coded! {
    /// What makes times doubtful.
    pub(crate) struct Unfit;

    /// More tasks ran or were ready to than there are processors.
    load(load, cores) = "load {load} on {cores} cores: other work runs, or a build has just ended";
    /// The control group grants fewer processors than there are.
    quota(quota, cores) = "the control group grants {quota} of {cores} cores, and stops the process when they are used up";
    powersave() = "the frequency governor is powersave: the processor runs at its lowest frequency";
    stolen_since_boot(percent) = "the host gave {percent} % of the processor time since boot to others";
    stolen_in_run(percent) = "the host gave {percent} % of the processor time of the run to others";
    throttled(times) = "heat slowed the processor {times} times during the run";
    /// The system lacks what the clock needs that is asked for.
    no_clock() = "this system lacks the counters of the clock that is asked for: wall time is judged, waiting included";
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

/// Above this share of stolen time, in percent, wall time and processor time
/// both contain what was not done here.
const MUCH_STOLEN: f64 = 1.0;

impl Environment {
    /// What the build knows, and nothing of the machine.
    pub(crate) fn of_build(cores: usize) -> Environment {
        Environment {
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            kernel: None,
            processor: None,
            cores,
            governor: None,
            frequency_driver: None,
            turbo: None,
            cgroup_quota: None,
            load: None,
            steal: None,
            virtual_machine: None,
            throttled: None,
            rustc: env!("PERF_RUSTC_VERSION"),
            target: env!("PERF_TARGET"),
            profile: env!("PERF_PROFILE"),
            opt_level: env!("PERF_OPT_LEVEL"),
        }
    }

    /// Where times may be compared: the same processor model, number of
    /// processors, architecture and system.
    pub(crate) fn fingerprint(&self) -> String {
        let processor = self.processor.as_deref();
        perf_grammar::machine_class(processor, self.cores as u64, self.arch, self.os)
    }

    /// What makes this a bad place to measure time on.
    pub(crate) fn unfit(&self) -> Vec<Unfit> {
        let mut reasons = Vec::new();
        let cores = self.cores;
        let shown = format!("{cores}");
        if let Some(load) = self.load
            && load > cores as f64
        {
            reasons.push(Unfit::load(&format!("{load:.1}"), &shown));
        }
        if let Some(quota) = self.cgroup_quota
            && quota < cores as f64
        {
            reasons.push(Unfit::quota(&format!("{quota}"), &shown));
        }
        let driver = self.frequency_driver.as_deref();
        if perf_grammar::saves_power(self.governor.as_deref(), driver) {
            reasons.push(Unfit::powersave());
        }
        if let Some(percent) = self.stolen_since_boot()
            && percent >= MUCH_STOLEN
        {
            reasons.push(Unfit::stolen_since_boot(&format!("{percent:.0}")));
        }
        reasons
    }

    /// Percent of the processor time since boot that the host gave to others.
    pub(crate) fn stolen_since_boot(&self) -> Option<f64> {
        let boot = Steal {
            stolen: 0,
            total: 0,
        };
        self.steal?.percent_since(&boot)
    }

    /// What happened from `start` to `self` that makes times of that stretch doubtful.
    pub(crate) fn unfit_since(&self, start: &Environment) -> Vec<Unfit> {
        let mut reasons = Vec::new();
        if let Some(percent) = self.stolen_since(start)
            && percent >= MUCH_STOLEN
        {
            reasons.push(Unfit::stolen_in_run(&format!("{percent:.0}")));
        }
        if let (Some(end), Some(start)) = (self.throttled, start.throttled)
            && end > start
        {
            reasons.push(Unfit::throttled(&format!("{}", end - start)));
        }
        reasons
    }

    /// Percent of the processor time from `start` to `self` that the host gave to others.
    pub(crate) fn stolen_since(&self, start: &Environment) -> Option<f64> {
        self.steal?.percent_since(&start.steal?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Environment {
        let steal = Steal {
            stolen: 9,
            total: 10_000,
        };
        Environment {
            load: Some(1.9),
            steal: Some(steal),
            ..Environment::of_build(4)
        }
    }

    fn told(reasons: &[Unfit]) -> Vec<String> {
        let told = |one: &Unfit| format!("{}: {}", one.code(), one.line());
        reasons.iter().map(told).collect()
    }

    #[test]
    fn each_thing_that_makes_a_machine_unfit_is_told_in_a_line() {
        #[track_caller]
        fn check(spoil: impl FnOnce(&mut Environment), expected: &[&str]) {
            let mut environment = sound();
            spoil(&mut environment);
            assert_eq!(told(&environment.unfit()), expected);
        }
        check(|_| (), &[]);
        check(|e| e.load = Some(4.0), &[]);
        check(
            |e| e.load = Some(6.25),
            &["load: load 6.2 on 4 cores: other work runs, or a build has just ended"],
        );
        check(
            |e| e.cgroup_quota = Some(1.5),
            &[
                "quota: the control group grants 1.5 of 4 cores, and stops the process when they are used up",
            ],
        );
        check(|e| e.cgroup_quota = Some(4.0), &[]);
        let powersave = "powersave: the frequency governor is powersave: the processor runs at its lowest frequency";
        check(|e| e.governor = Some("powersave".into()), &[powersave]);
        check(|e| e.governor = Some("performance".into()), &[]);
        check(
            |e| {
                e.governor = Some("powersave".into());
                e.frequency_driver = Some("intel_pstate".into());
            },
            &[],
        );
        let stolen =
            "stolen_since_boot: the host gave 5 % of the processor time since boot to others";
        check(
            |e| {
                e.steal = Some(Steal {
                    stolen: 500,
                    total: 10_000,
                })
            },
            &[stolen],
        );
    }

    #[test]
    fn every_reason_names_its_parts() {
        let _ = crate::model::coded::tests::table(rows::ALL);
    }

    #[test]
    fn what_happens_during_a_run_is_told_apart_from_what_happened_before() {
        let start = Environment {
            throttled: Some(7),
            ..sound()
        };
        assert_eq!(start.unfit_since(&start), []);
        let steal = Some(Steal {
            stolen: 309,
            total: 11_000,
        });
        let end = Environment {
            throttled: Some(9),
            steal,
            ..sound()
        };
        let expected = [
            "stolen_in_run: the host gave 30 % of the processor time of the run to others",
            "throttled: heat slowed the processor 2 times during the run",
        ];
        assert_eq!(told(&end.unfit_since(&start)), expected);
    }

    #[test]
    fn a_fingerprint_names_what_times_depend_on() {
        let mut environment = Environment {
            os: "linux",
            arch: "x86_64",
            ..sound()
        };
        assert_eq!(
            environment.fingerprint(),
            "unknown processor, 4 cores, x86_64, linux"
        );
        environment.processor = Some("AMD EPYC 7763".into());
        assert_eq!(
            environment.fingerprint(),
            "AMD EPYC 7763, 4 cores, x86_64, linux"
        );
    }
}
