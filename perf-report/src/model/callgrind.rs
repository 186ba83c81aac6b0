//! What callgrind writes of a call: the instructions at each place of the code, in each
//! chain of callers.
//!
//! The format is version 1 as the manual of valgrind describes it, with numbered names
//! (`--compress-strings`, `--compress-mangled`) and whole addresses (`--dump-instr`,
//! `--compress-pos=no`). With `--separate-callers` a function has a number for each chain
//! of its callers, so that what it costs below each of them is known and not divided.

use std::collections::{BTreeMap, HashMap};

/// Bits of an address within a file.
const BITS: u32 = 48;
/// The most callers of a stack, and the most stacks that lead to one function.
const DEEPEST: usize = 64;
const MOST_CHAINS: usize = 4;

/// A dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dump {
    /// The paths of the files that the code is in; the first stands for code that is in
    /// none.
    pub(crate) objects: Vec<String>,
    /// Instructions by stack: addresses of code, innermost first, see [`address`].
    pub(crate) stacks: BTreeMap<Vec<u64>, u64>,
}

/// Where the addresses of a file begin: each has a separate range.
pub(crate) fn base(object: usize) -> u64 {
    (object as u64) << BITS
}

/// A function in one chain of callers.
#[derive(Clone, Debug, Default)]
struct Node {
    /// Its own instructions by address.
    own: BTreeMap<u64, u64>,
    /// The instructions inside, by the caller and the address of the call.
    callers: BTreeMap<(u32, u64), u64>,
}

/// Stacks of callers with what share of a function's cost each has.
type Chains = Vec<(Vec<u64>, f64)>;

impl Dump {
    /// Reads a dump.
    ///
    /// # Errors
    /// What is missing, or the line that is none of the format.
    pub(crate) fn read(text: &str) -> Result<Dump, String> {
        let header = |key: &str| {
            let mut lines = text.lines();
            lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
        };
        let mut positions = header("positions").unwrap_or("line").split_whitespace();
        if positions.next() != Some("instr") {
            return Err("it says no addresses of code (`positions: instr`)".to_owned());
        }
        let events = header("events").ok_or("it names no events")?;
        let event = events.split_whitespace().position(|event| event == "Ir");
        let column = positions.count() + event.ok_or("it counts no instructions (`Ir`)")?;
        let mut reader = Reader {
            objects: vec![String::new()],
            column,
            ..Reader::default()
        };
        for (number, line) in text.lines().enumerate() {
            let read = reader.line(line);
            read.ok_or_else(|| format!("line {}: found `{line}`", number + 1))?;
        }
        Ok(reader.finish())
    }
}

#[derive(Default)]
struct Reader {
    objects: Vec<String>,
    /// Places in `objects` by callgrind's number.
    numbered: HashMap<u32, usize>,
    nodes: BTreeMap<u32, Node>,
    /// The place of the count behind the address.
    column: usize,
    object: usize,
    function: Option<u32>,
    called: Option<u32>,
    /// The next line is the cost of a call.
    is_call: bool,
}

impl Reader {
    /// Reads a line; `None` where it is none of the format.
    fn line(&mut self, line: &str) -> Option<()> {
        if line.starts_with("0x") {
            return self.cost(line);
        }
        if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
            return None;
        }
        let Some((key, value)) = line.split_once('=') else {
            return Some(());
        };
        match key {
            "ob" => self.object = self.object(value)?,
            "cob" => drop(self.object(value)?),
            "fn" => self.function = Some(numbered(value)?.0),
            "cfn" => self.called = Some(numbered(value)?.0),
            "calls" => self.is_call = true,
            // Files, lines and what else there may be.
            _ => {}
        }
        Some(())
    }

    /// `0x1a2b 17`: an address and its count, or that of the call before.
    fn cost(&mut self, line: &str) -> Option<()> {
        let mut words = line.split_whitespace();
        let address = words.next()?.strip_prefix("0x")?;
        let address = u64::from_str_radix(address, 16).ok()?;
        if address >> BITS != 0 {
            return None;
        }
        let address = base(self.object) | address;
        let cost = match words.nth(self.column) {
            Some(cost) => cost.parse().ok()?,
            // Those at the end are left out where they are 0.
            None => 0,
        };
        let function = self.function?;
        let of_call = std::mem::take(&mut self.is_call);
        let sum = match of_call {
            true => {
                let called = self.nodes.entry(self.called?).or_default();
                called.callers.entry((function, address)).or_default()
            }
            false => {
                let own = &mut self.nodes.entry(function).or_default().own;
                own.entry(address).or_default()
            }
        };
        *sum += cost;
        Some(())
    }

    /// The place of a file: `(2) /lib/libc.so.6`, or `(2)` where it was named before.
    fn object(&mut self, value: &str) -> Option<usize> {
        let (number, name) = numbered(value)?;
        let objects = &mut self.objects;
        let place = self.numbered.entry(number).or_insert_with(|| match name {
            "" | "???" => 0,
            name => {
                objects.push(name.to_owned());
                objects.len() - 1
            }
        });
        Some(*place)
    }

    /// Puts the callers to the costs.
    fn finish(self) -> Dump {
        let mut known: HashMap<u32, Chains> = HashMap::new();
        let mut stacks: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
        for (number, node) in &self.nodes {
            if node.own.values().all(|cost| *cost == 0) {
                continue;
            }
            let chains = self.chains(*number, &mut Vec::new(), &mut known);
            for (address, cost) in &node.own {
                let mut left = *cost;
                for (nth, (chain, share)) in chains.iter().enumerate() {
                    let part = match nth + 1 == chains.len() {
                        true => left,
                        false => ((*cost as f64 * share).round() as u64).min(left),
                    };
                    left -= part;
                    if part > 0 {
                        let stack = [&[*address][..], chain].concat();
                        *stacks.entry(stack).or_default() += part;
                    }
                }
            }
        }
        Dump {
            objects: self.objects,
            stacks,
        }
    }

    /// The stacks that lead to a function. Where several do, and callgrind has not told
    /// them apart, its cost is divided as the instructions inside of the calls are.
    fn chains(
        &self,
        number: u32,
        inside: &mut Vec<u32>,
        known: &mut HashMap<u32, Chains>,
    ) -> Chains {
        if let Some(chains) = known.get(&number) {
            return chains.clone();
        }
        let callers = self.nodes.get(&number).map(|node| &node.callers);
        inside.push(number);
        let callers: Vec<(&(u32, u64), f64)> = callers
            .into_iter()
            .flatten()
            // One that calls itself is on the stack already.
            .filter(|((by, _), _)| !inside.contains(by))
            .map(|(call, cost)| (call, *cost as f64))
            .collect();
        let all: f64 = callers.iter().map(|(_, cost)| cost).sum();
        let mut chains = Chains::new();
        if inside.len() <= DEEPEST {
            for ((by, address), cost) in &callers {
                let share = match all > 0.0 {
                    true => cost / all,
                    // A call that has not returned has no cost yet.
                    false => 1.0 / callers.len() as f64,
                };
                for (chain, of) in self.chains(*by, inside, known) {
                    chains.push(([&[*address][..], &chain].concat(), share * of));
                }
            }
        }
        inside.pop();
        chains.sort_by(|a, b| b.1.total_cmp(&a.1));
        chains.truncate(MOST_CHAINS);
        chains.retain(|(_, share)| *share > 0.0);
        let kept: f64 = chains.iter().map(|(_, share)| share).sum();
        chains.iter_mut().for_each(|(_, share)| *share /= kept);
        if chains.is_empty() {
            chains.push((Vec::new(), 1.0));
        }
        known.insert(number, chains.clone());
        chains
    }
}

/// The number and the name of `(7) name`, or of `(7)`.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let (number, name) = text.strip_prefix('(')?.split_once(')')?;
    Some((number.parse().ok()?, name.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `case` calls `price` directly and through a closure that `each` calls, which are
    /// inlined into each other's callers as compilers do: `malloc` is reached in two ways.
    const DUMP: &str = "# callgrind format
version: 1
creator: callgrind-3.19.0
positions: instr
events: Ir

ob=(1) /shop/target/release/deps/orders-ab
fl=(1) ???
fn=(1) case
0x1000 100
0x1004 20
cfn=(2) price
calls=2 0x2000
0x1004 900
cfn=(3) each
calls=1 0x3000
0x1008 60

fn=(2) (2)'(1)
0x2000 400
0x2010 50
cob=(2) /lib/libc.so.6
cfi=(2) malloc.c
cfn=(4) malloc
calls=3 0x9000
0x2010 450

fn=(3)
0x3000 10
cfn=(5) (4)'(3)
calls=1 0x9000
0x3004 50

ob=(2)
fl=(2)
fn=(4)
0x9000 450

fn=(5)
0x9000 50

totals: 1080
";

    #[test]
    fn each_instruction_has_the_stack_of_its_callers() {
        let dump = Dump::read(DUMP).expect("a dump");
        assert_eq!(
            dump.objects,
            ["", "/shop/target/release/deps/orders-ab", "/lib/libc.so.6"]
        );
        let (code, libc) = (base(1), base(2));
        let expected = [
            (vec![code | 0x1000], 100),
            (vec![code | 0x1004], 20),
            (vec![code | 0x2000, code | 0x1004], 400),
            (vec![code | 0x2010, code | 0x1004], 50),
            (vec![code | 0x3000, code | 0x1008], 10),
            (vec![libc | 0x9000, code | 0x2010, code | 0x1004], 450),
            (vec![libc | 0x9000, code | 0x3004, code | 0x1008], 50),
        ];
        assert_eq!(dump.stacks, BTreeMap::from(expected));
        assert_eq!(dump.stacks.values().sum::<u64>(), 1_080);
    }

    const HEAD: &str = "positions: instr\nevents: Ir\nob=(1) /a\n";

    #[test]
    fn what_two_calls_cost_is_divided_as_they_are_and_nothing_is_lost() {
        // A function of one caller that calls it at two places, and itself.
        let text = format!(
            "{HEAD}fn=(1) a\n0x1 1\ncfn=(2) b\ncalls=1 0x9\n0x2 30\ncfn=(2)\ncalls=1 0x9\n0x3 70\nfn=(2)\n0x9 101\ncfn=(2)\ncalls=5 0x9\n0xa 40\n"
        );
        let dump = Dump::read(&text).expect("a dump");
        let at = |address: u64| base(1) | address;
        let expected = [
            (vec![at(0x1)], 1),
            (vec![at(0x9), at(0x2)], 30),
            (vec![at(0x9), at(0x3)], 71),
        ];
        assert_eq!(dump.stacks, BTreeMap::from(expected));
        // Two that call each other, and no third.
        let text = format!(
            "{HEAD}fn=(1) a\n0x1 4\ncfn=(2) b\ncalls=1 0x9\n0x2 6\nfn=(2)\n0x9 6\ncfn=(1)\ncalls=1 0x1\n0xa 4\n"
        );
        let dump = Dump::read(&text).expect("a dump");
        assert_eq!(dump.stacks.values().sum::<u64>(), 10);
    }

    #[test]
    fn what_is_no_dump_is_refused() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(Dump::read(text), Err(expected.to_owned()));
        }
        let no_addresses = "it says no addresses of code (`positions: instr`)";
        check("", no_addresses);
        check("positions: line\nevents: Ir\n", no_addresses);
        check("positions: instr\n", "it names no events");
        check(
            "positions: instr\nevents: Dr\n",
            "it counts no instructions (`Ir`)",
        );
        let line = |line: &str| format!("{HEAD}fn=(1) a\n{line}\n");
        check(&line("0x12 many"), "line 5: found `0x12 many`");
        check(&line("0xgg 1"), "line 5: found `0xgg 1`");
        check(&line("+3 1"), "line 5: found `+3 1`");
        check(&line("fn=main"), "line 5: found `fn=main`");
        check(&line("calls=1 0x9\n0x1 1"), "line 6: found `0x1 1`");
        check(
            &line("0x1000000000000 1"),
            "line 5: found `0x1000000000000 1`",
        );
    }
}
