//! The cases of both builds: which workload, how much of it, and how much more in the
//! second build.

/// The workloads; `workloads.rs` has a function of each name.
pub(crate) const WORKLOADS: [&str; 5] = ["hash", "parse", "sort", "map", "matrix"];
/// By how many percent the second build is made slower.
pub(crate) const SLOWER: [usize; 4] = [3, 5, 10, 25];
/// How much work the unchanged cases do.
const UNCHANGED: [usize; 2] = [100, 120];
/// How much work the others do in the first build.
const AMOUNT: usize = 100;

/// Cases that are compared together: what takes long is not counted with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Unchanged,
    /// Slower by what is tolerated or less, which at the boundary nothing decides.
    Within,
    /// Slower by more.
    Beyond,
}

impl Kind {
    /// That of functions that were made slower by this many percent.
    pub(crate) fn of(slower: usize, tolerance: f64) -> Kind {
        match slower {
            0 => Kind::Unchanged,
            _ if slower as f64 > tolerance * 100.0 + 1e-9 => Kind::Beyond,
            _ => Kind::Within,
        }
    }

    /// The cases of this kind.
    pub(crate) fn cases(self, tolerance: f64) -> Vec<Case> {
        let mut all = Case::all();
        all.retain(|case| Kind::of(case.slower, tolerance) == self);
        all
    }
}

/// A function that both builds have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) workload: &'static str,
    before: usize,
    /// Percent; 0: nothing changed.
    pub(crate) slower: usize,
}

impl Case {
    /// Every case.
    pub(crate) fn all() -> Vec<Case> {
        let of = |workload: &'static str| {
            let unchanged = UNCHANGED.map(|before| (before, 0));
            let planted = SLOWER.map(|percent| (AMOUNT, percent));
            unchanged
                .into_iter()
                .chain(planted)
                .map(move |(before, slower)| Case {
                    workload,
                    before,
                    slower,
                })
        };
        WORKLOADS.into_iter().flat_map(of).collect()
    }

    /// The name of its function: `hash_100`, `hash_by_5`.
    pub(crate) fn name(self) -> String {
        match self.slower {
            0 => format!("{}_{}", self.workload, self.before),
            percent => format!("{}_by_{percent}", self.workload),
        }
    }

    /// The case that an id of a comparison names.
    pub(crate) fn find(id: &str) -> Option<Case> {
        let (_, name) = id.rsplit_once("::")?;
        Case::all().into_iter().find(|case| case.name() == name)
    }

    fn amount(self, changed: bool) -> usize {
        match changed {
            true => self.before + self.before * self.slower / 100,
            false => self.before,
        }
    }
}

/// The library of a build: each function with its constant. The second build has some
/// code more that is not measured, as a commit would. The workloads are a separate
/// crate: beside other functions the compiler may inline them otherwise, and then
/// they are not the same.
pub(crate) fn library(cases: &[Case], changed: bool) -> String {
    let mut text = "//! Functions in two builds.\n\nuse std::hint::black_box;\n".to_owned();
    for case in cases {
        let (name, workload, amount) = (case.name(), case.workload, case.amount(changed));
        text.push_str(&format!(
            "\npub fn {name}() -> impl Sized {{\n    workloads::{workload}(black_box({amount}))\n}}\n"
        ));
    }
    text.push_str(&more(if changed { 2 } else { 1 }));
    text
}

/// Functions that are linked and never measured, so that all other code lies
/// elsewhere: the higher the number, the more.
pub(crate) fn more(number: usize) -> String {
    let mut arms = String::new();
    let mut text = String::new();
    for at in 0..3 * number {
        arms.push_str(&format!("        {at} => more_{at}(words),\n"));
        text.push_str(&format!(
            "\n#[inline(never)]\nfn more_{at}(words: &mut Vec<String>) {{\n    words.retain(|word| word.len() != {at});\n    words.push(format!(\"{{}} words and {at} more\", words.len()));\n}}\n"
        ));
    }
    format!(
        "\npub fn more(which: usize, words: &mut Vec<String>) {{\n    match which {{\n{arms}        _ => words.clear(),\n    }}\n}}\n{text}"
    )
}

/// What keeps the linker from dropping [`more`]: a case that is not asked for.
pub(crate) const MORE_IS_LINKED: &str = "
#[perf_budget(p50 = \"1s\", ignore)]
fn more() -> usize {
    let mut words = Vec::new();
    measured::more(std::hint::black_box(0), &mut words);
    words.len()
}
";

/// The tests: a budget that nothing breaks for each function.
pub(crate) fn budgets(cases: &[Case]) -> String {
    let mut text = "//! Cases that are compared.\n\nuse perf_runtime::perf_budget;\n\n#[global_allocator]\nstatic ALLOCATOR: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();\n\nperf_runtime::main!();\n".to_owned();
    for case in cases {
        let name = case.name();
        text.push_str(&format!(
            "\n#[perf_budget(p50 = \"1s\")]\nfn {name}() -> impl Sized {{\n    measured::{name}()\n}}\n"
        ));
    }
    text.push_str(MORE_IS_LINKED);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_is_found_by_its_id() {
        let all = Case::all();
        assert_eq!(all.len(), 30);
        for case in all {
            let id = format!("measured::planted::{}", case.name());
            assert_eq!(Case::find(&id), Some(case));
        }
        assert_eq!(Case::find("measured::planted::other"), None);
    }

    #[test]
    fn a_slowdown_is_a_constant_and_nothing_else() {
        let cases = Case::all();
        let (before, after) = (library(&cases, false), library(&cases, true));
        assert!(before.contains("workloads::sort(black_box(100))"));
        assert!(after.starts_with(before.split("fn hash_by_3").next().unwrap_or_default()));
        for amount in [103, 105, 110, 125] {
            let line = format!("workloads::matrix(black_box({amount}))");
            assert_eq!(after.matches(&line).count(), 1, "{line}");
        }
        assert_eq!(after.matches("workloads::map(black_box(120))").count(), 1);
    }

    #[test]
    fn each_workload_is_a_function() {
        for workload in WORKLOADS {
            let declared = format!("pub fn {workload}(amount: usize)");
            assert!(include_str!("workloads.rs").contains(&declared));
        }
    }
}
