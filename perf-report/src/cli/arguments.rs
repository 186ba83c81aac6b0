//! What can be asked for, and the help that says so.

mod ab;
mod after;
mod baseline;
mod bisect;
pub(super) mod history;
mod budgets;
mod doctor;
mod init;
mod misspelt;
mod prove;
mod report;
mod show;
mod top;

use std::ffi::OsString;

use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub(super) use self::ab::AbArguments;
use self::after::after_help;
pub(super) use self::baseline::{
    BaselineArguments, BaselineShowArguments, BaselineVerb, CheckArguments, CompareArguments,
    DocumentFormat, SaveArguments,
};
pub(super) use self::bisect::BisectArguments;
pub(super) use self::budgets::{NumberArguments, RatchetArguments, SuggestArguments};
pub(super) use self::doctor::{DoctorArguments, DoctorForm};
pub(super) use self::history::{HistoryArguments, KeepArguments, MergeArguments, TrendArguments};
pub(super) use self::init::{InitArguments, Origin, Service};
use self::misspelt::slip;
pub(super) use self::misspelt::verb_near;
pub(super) use self::prove::ProveArguments;
pub(super) use self::report::{DocumentArguments, ReportArguments};
pub(super) use self::show::{ChangesArguments, Output, ShowArguments, words};
pub(super) use self::top::{TopArguments, TopForm};

/// Measures every performance budget of the workspace and judges it.
///
/// Builds the tests optimised, measures the budgets of all of them in turns, shows the
/// passes, then whatever is not a plain pass with its explanation, and adds up.
#[derive(Clone, Debug, Parser)]
#[command(version, after_help = after_help(), args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) run: RunArguments,
}

/// One verb a file.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Verb {
    /// Measure and judge; the same as no verb at all
    Run(RunArguments),
    /// Show the cases and their limits, and measure nothing
    List(ListArguments),
    /// Show where each number of a case comes from, and what the last run found of it
    Explain(CaseArguments),
    /// Show where the time of cases goes: functions, and what they wait for
    Profile(CaseArguments),
    /// Show a stored run again, in any format; its exit code is that of the run
    Report(ReportArguments),
    /// Save what is measured, and compare with it later
    Baseline(BaselineArguments),
    /// Compare stored runs, or a baseline, with others
    Compare(CompareArguments),
    /// Measure this tree against another commit: both builds take turns
    Ab(AbArguments),
    /// Name the commit after which a case is worse
    Bisect(BisectArguments),
    /// Show what was measured of a case, run by run
    History(HistoryArguments),
    /// Show how every case went over time, a line each
    Trend(TrendArguments),
    /// Rank what takes most over a stored run: cases, spans, functions, places of allocations
    Top(TopArguments),
    /// Propose budgets that hold with room, and write them into perf-budgets.toml
    Suggest(SuggestArguments),
    /// Tighten limits that leave more room than they need
    Ratchet(RatchetArguments),
    /// Say whether machine and project are set up to judge budgets, and what to change
    Doctor(DoctorArguments),
    /// Make the code worse on purpose, and see whether the right limits break
    Prove(Box<ProveArguments>),
    /// Add what a first budget needs: dependency, budget, allocator, files; and workflow files
    Init(InitArguments),
    /// Add runs of other machines, and folders of records, to the history
    Merge(MergeArguments),
}

#[derive(Clone, Debug, Default, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) select: SelectArguments,
    #[command(flatten)]
    pub(super) show: ShowArguments,
    #[command(flatten)]
    pub(super) changes: ChangesArguments,
    /// End with 3 if a limit was not judged
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) policy: PolicyArguments,
    /// Measure one case at a time, each in a separate process, instead of in turns
    #[arg(long)]
    pub(super) alone: bool,
    /// Count the instructions of every case under valgrind, where it is installed
    #[arg(long)]
    pub(super) instructions: bool,
    /// Leave out where the time goes of cases with a broken time limit
    #[arg(long)]
    pub(super) no_profile: bool,
    /// Write down where one call of every case allocates, for heap profile viewers
    #[arg(long)]
    pub(super) alloc_profile: bool,
    /// Explain the passes too, and say what is skipped
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Show a row for each pass at a terminal too, however many there are
    #[arg(long)]
    pub(super) passes: bool,
    #[command(flatten)]
    pub(super) keep: KeepArguments,
    #[command(flatten)]
    pub(super) build: BuildArguments,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) select: SelectArguments,
    #[command(flatten)]
    pub(super) policy: PolicyArguments,
    #[command(flatten)]
    pub(super) build: BuildArguments,
}

/// The cases that a verb is about.
#[derive(Clone, Debug, Args)]
pub(super) struct CaseArguments {
    /// Cases: ids, tails of ids, patterns
    #[arg(value_name = "CASE", required = true, value_parser = selecting)]
    pub(super) cases: Vec<String>,
    #[command(flatten)]
    pub(super) policy: PolicyArguments,
    #[command(flatten)]
    pub(super) build: BuildArguments,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which cases")]
pub(super) struct SelectArguments {
    /// Cases to take: ids, tails of ids, patterns, `tag:NAME` and its like; all if left out
    #[arg(value_name = "PATTERN", help_heading = None, value_parser = selecting)]
    pub(super) patterns: Vec<String>,
    /// Only cases with this tag
    #[arg(long, value_name = "TAG", value_parser = selecting)]
    pub(super) tag: Vec<String>,
    /// No case with this tag
    #[arg(long, value_name = "TAG", value_parser = selecting)]
    pub(super) skip_tag: Vec<String>,
    /// Only cases of this group
    #[arg(long, value_name = "GROUP", value_parser = selecting)]
    pub(super) group: Vec<String>,
    /// Only cases of this class
    #[arg(long, value_name = "CLASS", value_parser = selecting)]
    pub(super) class: Vec<String>,
    /// Only cases of this requirement
    #[arg(long, value_name = "ID", value_parser = selecting)]
    pub(super) id: Vec<String>,
    /// Cases marked `ignore` too
    #[arg(long)]
    pub(super) include_ignored: bool,
}

impl SelectArguments {
    /// Cases that are asked for by their names.
    pub(super) fn named(cases: &[String]) -> SelectArguments {
        SelectArguments {
            patterns: cases.to_vec(),
            ..SelectArguments::default()
        }
    }

    /// Whether nothing narrows the selection.
    pub(super) fn is_everything(&self) -> bool {
        self.patterns.is_empty() && !self.names_labels()
    }

    /// Whether cases are asked for by what they say of themselves.
    pub(super) fn names_labels(&self) -> bool {
        let labels = [
            &self.tag,
            &self.skip_tag,
            &self.group,
            &self.class,
            &self.id,
        ];
        labels.iter().any(|names| !names.is_empty())
    }

    /// The same, where asking for the tag `network` asks for cases that are left
    /// out because of it.
    pub(super) fn asked(&self) -> SelectArguments {
        let tags = self.tag.iter().map(String::as_str);
        let selectors = self.patterns.iter();
        let by_selector = selectors.filter_map(|selector| selector.strip_prefix("tag:"));
        let network = tags.chain(by_selector).any(|tag| tag == "network");
        SelectArguments {
            include_ignored: self.include_ignored || network,
            ..self.clone()
        }
    }
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "How they are judged")]
pub(super) struct PolicyArguments {
    /// The [profile.NAME] of perf-budgets.toml to apply
    #[arg(long, value_name = "NAME", value_parser = selecting)]
    pub(super) profile: Option<String>,
    /// What a breach means, whatever attribute and file say
    #[arg(long, value_parser = PossibleValuesParser::new(perf_grammar::MODES))]
    pub(super) mode: Option<String>,
    /// The longest a case may measure, whatever attribute and file say; 10s by default
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) max_time: Option<String>,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What is built")]
pub(super) struct BuildArguments {
    /// Build with this cargo profile instead of `release`
    #[arg(long, value_name = "NAME")]
    pub(super) cargo_profile: Option<String>,
    /// Only this package; the whole workspace if left out
    #[arg(long, short, value_name = "SPEC")]
    pub(super) package: Vec<String>,
    /// Features to switch on
    #[arg(long, short = 'F', value_name = "FEATURES")]
    pub(super) features: Vec<String>,
    /// Switch on all features
    #[arg(long)]
    pub(super) all_features: bool,
    /// Leave the default features off
    #[arg(long)]
    pub(super) no_default_features: bool,
    /// Only the budgets of libraries
    #[arg(long)]
    pub(super) lib: bool,
    /// Only the budgets of programs
    #[arg(long)]
    pub(super) bins: bool,
    /// Only the budgets of this program
    #[arg(long, value_name = "NAME")]
    pub(super) bin: Vec<String>,
    /// Only the budgets of targets that the manifest does not except from tests
    #[arg(long)]
    pub(super) tests: bool,
    /// Only the budgets of this test target
    #[arg(long, value_name = "NAME")]
    pub(super) test: Vec<String>,
    /// Only the budgets of benchmarks, as `cargo test --benches` builds them
    #[arg(long)]
    pub(super) benches: bool,
    /// Only the budgets of this benchmark
    #[arg(long, value_name = "NAME")]
    pub(super) bench: Vec<String>,
    /// Only the budgets of examples
    #[arg(long)]
    pub(super) examples: bool,
    /// Only the budgets of this example
    #[arg(long, value_name = "NAME")]
    pub(super) example: Vec<String>,
    /// The budgets of all targets, of benchmarks and examples too
    #[arg(long)]
    pub(super) all_targets: bool,
}

impl BuildArguments {
    /// The flags that choose kinds of targets, and whether they were given.
    pub(super) fn kinds(&self) -> [(&'static str, bool); 6] {
        [
            ("--lib", self.lib),
            ("--bins", self.bins),
            ("--tests", self.tests),
            ("--benches", self.benches),
            ("--examples", self.examples),
            ("--all-targets", self.all_targets),
        ]
    }

    /// The flags that choose targets by name, and the names that were given.
    pub(super) fn targets(&self) -> [(&'static str, &Vec<String>); 4] {
        [
            ("--bin", &self.bin),
            ("--test", &self.test),
            ("--bench", &self.bench),
            ("--example", &self.example),
        ]
    }

    /// Whether targets were chosen: then the others are not wanted. `--all-targets`
    /// wants every one, and cargo leaves some out all the same.
    pub(super) fn names_targets(&self) -> bool {
        let chooses = |(flag, given): &(&str, bool)| *given && *flag != "--all-targets";
        self.kinds().iter().any(chooses)
            || self.targets().iter().any(|(_, names)| !names.is_empty())
    }
}

/// What became of the arguments.
pub(super) enum Parsed {
    /// They were understood, and what people start the program with.
    Arguments(Box<Arguments>, &'static str),
    /// They asked for help or the version: here it is.
    Shown(String),
    /// They were not understood: here is why.
    Wrong(String),
}

/// Reads arguments, without the name of the program.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Parsed {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let name = match arguments.first().and_then(|first| first.to_str()) {
        Some("perf") => "cargo xtask perf",
        _ => "cargo perf-budget",
    };
    if arguments
        .first()
        .is_some_and(|first| first == "perf" || first == "perf-budget")
    {
        arguments.remove(0);
    }
    arguments.insert(0, name.into());
    let command = Arguments::command().name("perf-budget").bin_name(name);
    match command
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches))
    {
        Ok(arguments) => match slip(&arguments, name) {
            None => Parsed::Arguments(Box::new(arguments), name),
            Some(why) => Parsed::Wrong(why),
        },
        Err(error) if error.use_stderr() => Parsed::Wrong(error.to_string()),
        Err(error) => Parsed::Shown(error.to_string()),
    }
}

/// Text that selects cases: an empty one selects nothing, and is most likely a
/// variable of a script that was not set.
fn selecting(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(
            "found an empty text, expected a name or a pattern; leave it out to take all"
                .to_owned(),
        );
    }
    match text.chars().find(|c| c.is_control()) {
        Some(control) => Err(format!("found {control:?}, which no case has in its name")),
        None => Ok(text.to_owned()),
    }
}

fn duration(text: &str) -> Result<String, String> {
    match perf_grammar::read("max_time", text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.line()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_selects_nothing_and_is_refused() {
        for words in [
            &["perf", ""][..],
            &["perf", "run", " "],
            &["perf", "run", "a\nb"],
            &["perf", "list", ""],
            &["perf", "explain", ""],
            &["perf", "profile", ""],
            &["perf", "--tag", ""],
            &["perf", "--skip-tag", ""],
            &["perf", "--group", ""],
            &["perf", "--class", ""],
            &["perf", "--id", ""],
            &["perf", "history", ""],
            &["perf", "trend", ""],
            &["perf", "top", ""],
            &["perf", "prove", ""],
            &["perf", "bisect", "", "--good", "HEAD"],
            &["perf", "baseline", "check", ""],
            &["perf", "--profile", ""],
        ] {
            let parsed = parse(words.iter().map(OsString::from));
            assert!(matches!(&parsed, Parsed::Wrong(_)), "{words:?}");
        }
    }

    fn parsed(line: &str) -> Arguments {
        match parse(line.split_whitespace().map(OsString::from)) {
            Parsed::Arguments(arguments, _) => *arguments,
            Parsed::Shown(text) | Parsed::Wrong(text) => panic!("{line}: {text}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_verb_means_run() {
        let arguments = parsed("perf parser::* --strict -p app --mode soft");
        assert!(arguments.verb.is_none() && arguments.run.strict);
        assert_eq!(arguments.run.select.patterns, ["parser::*"]);
        assert_eq!(arguments.run.policy.mode.as_deref(), Some("soft"));
        assert!(
            matches!(parsed("perf-budget run a --alone").verb, Some(Verb::Run(run)) if run.alone)
        );
        assert_eq!(parsed("").run.policy.max_time, None);
        let asked = parsed("perf --instructions --alloc-profile").run;
        assert!(asked.instructions && asked.alloc_profile);
    }

    #[test]
    fn only_the_word_cargo_passes_on_is_skipped() {
        assert_eq!(parsed("perf perf").run.select.patterns, ["perf"]);
    }

    #[test]
    fn a_wrong_duration_or_mode_is_refused() {
        for (line, part) in [
            ("perf --max-time 10", "has no unit"),
            ("perf --max-time 0s", "leaves no time to measure in"),
            ("perf --max-time 1us", "from 1 ms to 1440 min"),
            ("perf --max-time 9000000000s", "from 1 ms to 1440 min"),
            ("perf --mode loud", "hard, soft, off"),
        ] {
            let parsed = parse(line.split_whitespace().map(OsString::from));
            assert!(
                matches!(&parsed, Parsed::Wrong(text) if text.contains(part)),
                "{line}"
            );
        }
    }
}
