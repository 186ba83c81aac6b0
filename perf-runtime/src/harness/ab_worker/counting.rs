//! Counts the instructions of cases, in separate processes.

use super::{Player, failed};
use crate::collections::names::Names;
use crate::harness::output::{say, say_waiting};
use crate::harness::watchdog::{self, Watchdog};
use crate::model::case::Case;
use crate::model::misuse::Misuse;
use crate::model::sample::Failure;
use crate::model::unmeasured::Cause;
use crate::probes::instructions;

/// Counts the instructions of each case of the list, all of them in one process: to
/// start it under callgrind takes longer than to count most cases.
pub(super) fn instructions(ids: &[&str], players: &Names<Player>, watchdog: &Watchdog) {
    let (mut known, mut cases) = (Vec::new(), Vec::new());
    for id in ids {
        match players.get(id) {
            Some(player) => {
                known.push(*id);
                cases.push(player.case);
            }
            None => failed(id, &Failure::Misuse(Misuse::no_such_case())),
        }
    }
    let Some(first) = known.first() else {
        return;
    };
    // That process has its own deadline, which knows the case that hangs; in
    // either tier.
    let deadline_ns = 2 * instructions::longest(cases.len()).as_nanos() as u64;
    let grace_ns = deadline_ns + watchdog::GRACE_NS;
    let machine = watchdog.lock_machine(&mut say_waiting);
    watchdog.begin(first, "the count of its instructions", 0, grace_ns);
    let mut counted = instructions_of(&cases);
    watchdog.end();
    drop(machine);
    for &id in &known {
        let none = || Err(Cause::no_instructions().into());
        let counted = counted.remove(id).unwrap_or_else(none);
        let (tier, count, why) = match &counted {
            Ok(found) => (Some(found.tier.word()), Some(found.count), None),
            Err(why) => (None, None, Some(why.line())),
        };
        say(&|json| {
            json.text("t", "instructed");
            json.text("id", id);
            json.maybe_text("tier", tier);
            json.maybe_whole("count", count);
            json.maybe_text("why", why.as_deref());
        });
    }
}

/// Counts the instructions of a call under callgrind, and sends the dump of it.
pub(super) fn under_callgrind(id: &str, players: &Names<Player>, watchdog: &Watchdog) {
    let Some(player) = players.get(id) else {
        return failed(id, &Failure::Misuse(Misuse::no_such_case()));
    };
    let grace_ns = instructions::LONGEST_DUMP.as_nanos() as u64 + watchdog::GRACE_NS;
    let machine = watchdog.lock_machine(&mut say_waiting);
    watchdog.begin(id, "a call under callgrind", 0, grace_ns);
    let dumped = instructions::dumped(player.case);
    watchdog.end();
    drop(machine);
    let (dump, why) = match dumped {
        Ok(dump) => (Some(dump), None),
        Err(why) => (None, Some(why.line())),
    };
    say(&|json| {
        json.text("t", "callgrind");
        json.text("id", id);
        json.maybe_text("dump", dump.as_deref());
        json.maybe_text("why", why.as_deref());
    });
}

/// Counted by the processor where it can, and else under callgrind.
fn instructions_of(cases: &[&'static Case]) -> instructions::Counted {
    let mut counted = instructions::on_hardware(cases);
    let mut rest = Vec::new();
    for case in cases {
        if !matches!(counted.get(&case.id()), Some(Ok(_))) {
            rest.push(*case);
        }
    }
    if !rest.is_empty() {
        let mut more = instructions::under_callgrind(&rest);
        for case in &rest {
            let id = case.id();
            if let Some(found) = more.remove(&id) {
                counted.insert(id, found);
            }
        }
    }
    counted
}
