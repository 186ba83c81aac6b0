//! What is found of the machine.

use super::*;

#[test]
fn what_makes_times_doubtful_is_found_with_the_command_that_changes_it() {
    const GOVERNOR: &str = "sudo cpupower frequency-set --governor performance";
    check(
        machine(|e| e.governor = Some("schedutil".into())),
        &[(Advice, "governor", GOVERNOR)],
    );
    let saves = || machine(|e| e.governor = Some("powersave".into()));
    check(saves(), &[(Bad, "governor", GOVERNOR)]);
    check(
        |facts| {
            facts.machine.system.frequency_driver = Some("intel_pstate".to_owned());
            saves()(facts);
        },
        &[(Advice, "governor", GOVERNOR)],
    );
    check(
        machine(|e| e.turbo = Some(true.into())),
        &[(
            Advice,
            "turbo",
            "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo",
        )],
    );
    check(
        |facts| {
            facts.machine.system.has_boost_file = true;
            machine(|e| e.turbo = Some(true.into()))(facts);
        },
        &[(
            Advice,
            "turbo",
            "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
        )],
    );
    check(
        machine(|e| e.load = Some(99.0)),
        &[(Advice, "load", "ps -eo pcpu,pid,args --sort=-pcpu | head")],
    );
    let quota = "docker run --cpuset-cpus=0,1 in place of --cpus; in Kubernetes equal requests and limits under the static CPU manager policy";
    check(
        machine(|e| e.cgroup_quota = Some(0.5.into())),
        &[(Bad, "cgroup", quota)],
    );
    check(
        machine(|e| e.cgroup_quota = Some(1.5.into())),
        &[(Advice, "cgroup", quota)],
    );
    check(
        machine(|e| e.steal_percent = Some(5.0)),
        &[(
            Advice,
            "steal",
            "a machine whose processors are not shared: dedicated cores, or bare metal",
        )],
    );
    check(
        system(|s| s.smt = Some(true)),
        &[(
            Advice,
            "smt",
            "echo off | sudo tee /sys/devices/system/cpu/smt/control",
        )],
    );
    check(
        system(|s| s.aslr = Some(0)),
        &[(Advice, "aslr", "sudo sysctl kernel.randomize_va_space=2")],
    );
    check(
        system(|s| s.ptrace_scope = Some(2)),
        &[(Advice, "ptrace", "sudo sysctl kernel.yama.ptrace_scope=1")],
    );
    check(
        system(|s| s.ptrace_scope = Some(3)),
        &[(
            Advice,
            "ptrace",
            "kernel.yama.ptrace_scope = 1 in /etc/sysctl.d, then a restart: 3 cannot be lowered before",
        )],
    );
    for (valgrind, has_callgrind, part) in [
        (
            true,
            true,
            "the instructions of a call, which callgrind counts",
        ),
        (true, false, "only with the feature `instructions`"),
        (
            false,
            true,
            "valgrind, which would count instructions, is not installed",
        ),
        (
            false,
            false,
            "takes valgrind and the feature `instructions`",
        ),
    ] {
        let mut facts = facts();
        facts.machine.system.ptrace_scope = Some(2);
        (facts.machine.valgrind, facts.machine.has_callgrind) = (valgrind, has_callgrind);
        let diagnosis = Diagnosis::of(&facts);
        assert_eq!(diagnosis.is_fit(), Some(true), "times are as sound as ever");
        let mut findings = diagnosis.findings.iter();
        let found = findings.find(|finding| finding.check == "ptrace");
        let found = &found.expect("it is looked at").found;
        assert!(found.contains(part), "{found}");
    }
    check(
        system(|s| s.address_space = Some(1 << 30)),
        &[(Advice, "address-space", "ulimit -v unlimited")],
    );
    check(system(|s| s.address_space = Some(1 << 40)), &[]);
}

#[test]
fn a_slow_clock_source_is_exchanged_for_one_that_there_is() {
    let slow = |sources: &[&str]| {
        let sources = sources.iter().map(|one| (*one).to_owned()).collect();
        system(move |s| {
            s.clock_source = Some("hpet".to_owned());
            s.clock_sources = sources;
        })
    };
    check(
        slow(&["hpet", "tsc"]),
        &[(
            Advice,
            "clock",
            "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource",
        )],
    );
    check(
        slow(&["hpet"]),
        &[(
            Advice,
            "clock",
            "the kernel's parameter tsc=reliable, where the processor's counter is sound",
        )],
    );
}

#[test]
fn counters_matter_only_where_a_limit_needs_them() {
    const ALLOW: &str = "sudo sysctl kernel.perf_event_paranoid=2";
    let counters = |counts, valgrind, paranoid| {
        move |facts: &mut Facts| {
            facts.machine.counts_instructions = counts;
            facts.machine.valgrind = valgrind;
            facts.machine.system.perf_event_paranoid = Some(paranoid);
        }
    };
    check(counters(false, false, 4), &[]);
    check(counters(true, false, 2), &[]);
    check(counters(true, false, 4), &[(Bad, "counters", ALLOW)]);
    check(counters(true, true, 4), &[(Advice, "counters", ALLOW)]);
}

#[test]
fn a_machine_of_which_nothing_is_known_is_not_called_fit() {
    let mut facts = facts();
    facts.machine = Machine::default();
    assert_eq!(Diagnosis::of(&facts).is_fit(), None);
    check(|facts| facts.machine = Machine::default(), &[]);
}
