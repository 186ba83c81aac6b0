//! Whether the machine is fit to judge time, and what to change where it is not.

use super::{Area, Finding};
use crate::model::record::Environment;

const HERE: Area = Area::Machine;

/// The check that says which machine it is; without it little else is known.
pub(super) const PLACE: &str = "machine";
/// The check of what explains a broken limit: it judges none.
pub(super) const EXPLAINS: &str = "ptrace";
/// Clock sources that are read without a system call.
const QUICK_CLOCKS: [&str; 5] = [
    "tsc",
    "kvm-clock",
    "arch_sys_counter",
    "hyperv_clocksource_tsc_page",
    "riscv_clocksource",
];
/// Above this share of stolen time, in percent, it is worth a word; the runtime uses
/// the same.
const MUCH_STOLEN: f64 = 1.0;
/// Below so much address space some programs cannot be started.
const LITTLE_SPACE: u64 = 4 << 30;
/// From this value of `perf_event_paranoid` on, programs may not count their own
/// instructions.
const NO_COUNTERS: i64 = 3;

/// What is known of the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Machine {
    /// As a test process sees it.
    pub(crate) environment: Option<Environment>,
    /// What the system says beside that.
    pub(crate) system: System,
    /// Some limit is on instructions.
    pub(crate) counts_instructions: bool,
    /// Valgrind is there.
    pub(crate) valgrind: bool,
    /// Tests are built with the feature that counts under it.
    pub(crate) has_callgrind: bool,
}

/// What the system says of itself that no measurement needs; `None` where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct System {
    /// Whether two threads share a core.
    pub(crate) smt: Option<bool>,
    pub(crate) clock_source: Option<String>,
    /// Those that could be chosen.
    pub(crate) clock_sources: Vec<String>,
    /// `kernel.randomize_va_space`.
    pub(crate) aslr: Option<i64>,
    /// `kernel.yama.ptrace_scope`.
    pub(crate) ptrace_scope: Option<i64>,
    /// `kernel.perf_event_paranoid`.
    pub(crate) perf_event_paranoid: Option<i64>,
    /// Bytes that a process may map, where that is limited.
    pub(crate) address_space: Option<u64>,
    /// What the frequency governor steers.
    pub(crate) frequency_driver: Option<String>,
    /// The switch of boost is `cpufreq/boost`, and not that of `intel_pstate`.
    pub(crate) has_boost_file: bool,
}

impl Machine {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        match &self.environment {
            Some(environment) => {
                findings.push(HERE.ok(PLACE, place(environment)));
                findings.extend(self.processor(environment));
                findings.extend(shared(environment));
            }
            None => findings.push(HERE.ok(
                "environment",
                "load, governor and limits are those that a test sees, and no test was asked",
            )),
        }
        findings.extend(self.system.findings());
        findings.extend(self.sampler());
        findings.extend(self.counters());
        findings
    }

    /// How fast the processor runs.
    fn processor(&self, environment: &Environment) -> Vec<Finding> {
        let mut findings = Vec::new();
        let governor = environment.governor.as_ref().and_then(|word| word.as_str());
        let saves = perf_grammar::saves_power(governor, self.system.frequency_driver.as_deref());
        const FASTEST: &str = "sudo cpupower frequency-set --governor performance";
        match governor {
            Some(governor) if saves => findings.push(HERE.wrong(
                "governor",
                format!("the frequency governor is {governor}: the processor runs at its lowest frequency"),
                "performance",
                FASTEST,
            )),
            Some("performance") => findings.push(HERE.ok("governor", "the frequency governor is performance")),
            Some(governor) => findings.push(HERE.advice(
                "governor",
                format!("the frequency governor is {governor}: the frequency follows the load"),
                "performance",
                FASTEST,
            )),
            None => {}
        }
        match environment
            .turbo
            .as_ref()
            .and_then(serde_json::Value::as_bool)
        {
            Some(true) => findings.push(HERE.advice(
                "turbo",
                "turbo is on: the frequency depends on heat and on what the other cores do",
                "off while times are compared between runs",
                match self.system.has_boost_file {
                    true => "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
                    false => "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo",
                },
            )),
            Some(false) => findings.push(HERE.ok("turbo", "turbo is off")),
            None => {}
        }
        findings
    }

    /// What explains a broken time limit: samples, or else the instructions of a call.
    fn sampler(&self) -> Option<Finding> {
        let scope = self.system.ptrace_scope?;
        if scope <= 1 {
            return Some(HERE.ok(
                EXPLAINS,
                format!("profiles may be taken (kernel.yama.ptrace_scope is {scope})"),
            ));
        }
        let instead = match (self.valgrind, self.has_callgrind) {
            (true, true) => {
                "broken time limits are explained by the instructions of a call, which callgrind counts, and not by samples: what waits is not seen"
            }
            (true, false) => {
                "broken time limits are not explained: no samples, and callgrind counts instructions only with the feature `instructions` of perf-runtime"
            }
            (false, true) => {
                "broken time limits are not explained: no samples, and valgrind, which would count instructions, is not installed"
            }
            (false, false) => {
                "broken time limits are not explained: no samples, and counting instructions takes valgrind and the feature `instructions` of perf-runtime"
            }
        };
        Some(HERE.advice(
            EXPLAINS,
            format!("kernel.yama.ptrace_scope is {scope}: {instead}"),
            "1: a program may stop those that it has started",
            match scope {
                // Until the next start it cannot be lowered.
                3 => "kernel.yama.ptrace_scope = 1 in /etc/sysctl.d, then a restart: 3 cannot be lowered before",
                _ => "sudo sysctl kernel.yama.ptrace_scope=1",
            },
        ))
    }

    /// Whether instructions can be counted, where a limit needs them.
    fn counters(&self) -> Option<Finding> {
        if !self.counts_instructions {
            return None;
        }
        let paranoid = self.system.perf_event_paranoid?;
        if paranoid < NO_COUNTERS {
            return Some(HERE.ok(
                "counters",
                format!("instructions may be counted (kernel.perf_event_paranoid is {paranoid})"),
            ));
        }
        let found = format!(
            "kernel.perf_event_paranoid is {paranoid}: a program may not count its own instructions"
        );
        const ALLOW: &str = "sudo sysctl kernel.perf_event_paranoid=2";
        Some(match self.valgrind {
            true => HERE.advice(
                "counters",
                found + ", so valgrind counts them, which is slow",
                "2 or less",
                ALLOW,
            ),
            false => HERE.wrong(
                "counters",
                found + ", and valgrind is not installed: limits on `instructions` have no value",
                "2 or less, or valgrind",
                ALLOW,
            ),
        })
    }
}

/// Which machine, in one line.
fn place(environment: &Environment) -> String {
    let kind = match &environment.virtual_machine {
        Some(kind) if kind == "yes" => ", virtual machine".to_owned(),
        Some(kind) => format!(", virtual machine ({kind})"),
        None => String::new(),
    };
    format!("{}{kind}", environment.machine_class())
}

/// What takes processors away.
fn shared(environment: &Environment) -> Vec<Finding> {
    let mut findings = Vec::new();
    let cores = f64::from(environment.cores);
    if let Some(load) = environment.load {
        findings.push(match load > cores {
            true => HERE.advice(
                "load",
                format!("load {load:.1} on {cores} processors: other work runs, or a build has just ended"),
                format!("at most {cores}"),
                "ps -eo pcpu,pid,args --sort=-pcpu | head",
            ),
            false => HERE.ok("load", format!("load {load:.1} on {cores} processors")),
        });
    }
    let quota = environment
        .cgroup_quota
        .as_ref()
        .and_then(serde_json::Value::as_f64);
    if let Some(quota) = quota.filter(|quota| *quota < cores) {
        let found = format!(
            "the control group grants {quota} of {cores} processors, and stops the process when they are used up"
        );
        let expected = format!("{cores}, or a set of whole processors");
        let fix = "docker run --cpuset-cpus=0,1 in place of --cpus; in Kubernetes equal requests and limits under the static CPU manager policy";
        findings.push(match quota < 1.0 {
            true => HERE.wrong("cgroup", found, expected, fix),
            false => HERE.advice("cgroup", found, expected, fix),
        });
    }
    if let Some(stolen) = environment.steal_percent {
        findings.push(match stolen >= MUCH_STOLEN {
            true => HERE.advice(
                "steal",
                format!(
                    "the host gave {stolen:.1} % of the processor time since boot to other machines"
                ),
                format!("below {MUCH_STOLEN} %"),
                "a machine whose processors are not shared: dedicated cores, or bare metal",
            ),
            false => HERE.ok(
                "steal",
                format!("the host took {stolen:.1} % of the processor time since boot"),
            ),
        });
    }
    findings
}

impl System {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.smt {
            Some(true) => findings.push(HERE.advice(
                "smt",
                "two threads share a core: what runs beside a measurement slows it down",
                "off on a machine that measures",
                "echo off | sudo tee /sys/devices/system/cpu/smt/control",
            )),
            Some(false) => findings.push(HERE.ok("smt", "a core has one thread")),
            None => {}
        }
        findings.extend(self.clock());
        findings.extend(self.layouts());
        if let Some(space) = self.address_space.filter(|space| *space < LITTLE_SPACE) {
            let space = perf_grammar::format(perf_grammar::Unit::Bytes, space as f64);
            findings.push(HERE.advice(
                "address-space",
                format!("a process may map {space}: programs that reserve more cannot be started"),
                "unlimited",
                "ulimit -v unlimited",
            ));
        }
        findings
    }

    fn clock(&self) -> Option<Finding> {
        let source = self.clock_source.as_deref()?;
        if QUICK_CLOCKS.contains(&source) {
            return Some(HERE.ok("clock", format!("the clock source is {source}")));
        }
        let known = |quick: &&&str| self.clock_sources.iter().any(|one| one == **quick);
        let fix = match QUICK_CLOCKS.iter().find(known) {
            Some(quick) => format!(
                "echo {quick} | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"
            ),
            None => "the kernel's parameter tsc=reliable, where the processor's counter is sound"
                .to_owned(),
        };
        Some(HERE.advice(
            "clock",
            format!(
                "the clock source is {source}: each reading is a system call of a microsecond or more"
            ),
            "one that is read without a system call, as tsc",
            fix,
        ))
    }

    /// What comparisons of layouts need.
    fn layouts(&self) -> Option<Finding> {
        Some(match self.aslr? {
            0 => HERE.advice(
                "aslr",
                "addresses are not randomized: every process has the same layout, and its luck",
                "kernel.randomize_va_space is 2",
                "sudo sysctl kernel.randomize_va_space=2",
            ),
            _ => HERE.ok("aslr", "addresses are randomized"),
        })
    }
}
