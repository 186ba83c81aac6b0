//! Profiles for viewers: flamegraphs, folded stacks, and the Firefox Profiler's form.

use std::collections::BTreeSet;

use fxprof_processed_profile as firefox;
use inferno::flamegraph::color::MultiPalette;
use inferno::flamegraph::{self, Options, Palette};
use perf_grammar::harmless;

use crate::analysis::profile::{Stacks, stacks, tail_stacks};
use crate::model::profile::{Origin, Profile, View};

/// Who looks at a flamegraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// A browser that opens the file: it can be searched and zoomed.
    Browser,
    /// A page in which it is a picture.
    Page,
}

/// Every view of a profile that has samples; slow calls are those above `limit`, see
/// [`Tail`](crate::analysis::profile::tail_stacks).
pub(crate) fn views(profile: &Profile, limit: Option<f64>) -> Vec<(View, String)> {
    if profile.samples.is_empty() {
        return Vec::new();
    }
    let mut views = vec![
        (View::Flamegraph, svg(profile, Viewer::Browser)),
        (View::Folded, folded(profile)),
        (View::Firefox, for_firefox(profile)),
    ];
    let tail = tail_stacks(profile, limit);
    views.extend(tail.map(|tail| {
        let svg = differential(&profile.case, SLOW_CALLS, &tail, Viewer::Browser);
        (View::Tail, svg)
    }));
    views
}

/// A flamegraph of a profile as SVG; widths are times of all its calls.
pub(crate) fn svg(profile: &Profile, viewer: Viewer) -> String {
    let lines = folded(profile);
    let mut options = options(&profile.case, viewer);
    options.subtitle = Some("time in all calls".to_owned());
    if profile.is_counted() {
        options.subtitle = Some("instructions of one call".to_owned());
        options.count_name = "instructions".to_owned();
    }
    options.colors = Palette::Multi(MultiPalette::Rust);
    drawn(&mut options, lines.lines())
}

/// What a differential flamegraph shows: a slow call against a typical one.
pub(crate) const SLOW_CALLS: &str = "a slow call; red takes longer than in a typical one";
/// A call of one build against one of another.
pub(crate) const BUILDS: &str = "a call; red takes longer than before";

/// What one call does against another, as SVG: widths are times of the second, red is what
/// takes longer there.
pub(crate) fn differential(
    case: &str,
    about: &str,
    [first, second]: &[Stacks; 2],
    viewer: Viewer,
) -> String {
    let stacks: BTreeSet<&Vec<String>> = first.keys().chain(second.keys()).collect();
    let lines = stacks.into_iter().map(|stack| {
        let ns = |of: &Stacks| of.get(stack).copied().unwrap_or_default().round();
        format!("{} {} {}", joined(stack), ns(first), ns(second))
    });
    let lines: Vec<String> = lines.collect();
    let mut options = options(case, viewer);
    options.subtitle = Some(about.to_owned());
    options.count_name = "ns".to_owned();
    drawn(&mut options, lines.iter().map(String::as_str))
}

fn options(case: &str, viewer: Viewer) -> Options<'static> {
    let mut options = Options::default();
    options.title = harmless(case).into_owned();
    options.count_name = "µs".to_owned();
    options.deterministic = true;
    options.no_javascript = viewer == Viewer::Page;
    if viewer == Viewer::Page {
        options.min_width = 0.2;
    }
    options.image_width = (viewer == Viewer::Page).then_some(1_000);
    options
}

fn drawn<'a>(options: &mut Options<'_>, lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = Vec::new();
    // Without a sample there is nothing to draw, which it calls an error.
    let _ = flamegraph::from_lines(options, lines, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A stack a line, outermost frame first, with its microseconds or instructions: Brendan
/// Gregg's format, which speedscope opens too.
pub(crate) fn folded(profile: &Profile) -> String {
    let unit = if profile.is_counted() { 1.0 } else { 1e3 };
    let lines = stacks(profile).into_iter();
    let lines = lines.map(|(stack, of)| format!("{} {}\n", joined(&stack), (of / unit).round()));
    lines.collect()
}

/// A stack in one line, in which no name ends a frame, or is taken for a number.
fn joined(stack: &[String]) -> String {
    let frame = |name: &String| {
        let name = harmless(name).replace(';', ",");
        match name.trim() {
            "" => "_".to_owned(),
            name if name.ends_with(|c: char| c.is_ascii_digit()) => name.replace(' ', "_"),
            // A line of these is a comment.
            name => name.replacen('#', "_", usize::from(name.starts_with('#'))),
        }
    };
    stack.iter().map(frame).collect::<Vec<_>>().join(";")
}

/// A profile as the Firefox Profiler opens it: every sample of every thread. Counted
/// instructions are weights, one after the other, each of them a nanosecond.
pub(crate) fn for_firefox(profile: &Profile) -> String {
    use firefox::{CategoryColor, CpuDelta, Frame, FrameFlags, FrameInfo, Timestamp};
    let mut out = firefox::Profile::new(
        &harmless(&profile.case),
        // It is not known when it was taken.
        firefox::ReferenceTimestamp::from_millis_since_unix_epoch(0.0),
        firefox::SamplingInterval::from_nanos(profile.interval_ns.max(1)),
    );
    let start = Timestamp::from_nanos_since_reference(0);
    let process = out.add_process(&harmless(&profile.case), 1, start);
    let categories = [
        (Origin::User, "Workspace", CategoryColor::Yellow),
        (Origin::Dependency, "Dependencies", CategoryColor::Blue),
        (Origin::Std, "Standard library", CategoryColor::Green),
        (Origin::System, "System", CategoryColor::Orange),
        (Origin::Runtime, "perf-runtime", CategoryColor::Gray),
    ];
    let categories =
        categories.map(|(origin, name, color)| (origin, out.add_category(name, color)));
    let counted = profile
        .samples
        .iter()
        .filter_map(|sample| sample.instructions);
    let all: u64 = counted.fold(0, u64::saturating_add);
    // The weights are small numbers, and so is their sum.
    let per_weight = all / u64::from(i32::MAX.unsigned_abs()) + 1;
    let category = |origin: Origin| {
        let found = categories.iter().find(|(of, _)| *of == origin);
        found.expect("each origin has a category").1
    };
    for (place, thread) in profile.threads.iter().enumerate() {
        let handle = out.add_thread(process, thread.id, start, thread.is_caller);
        out.set_thread_name(handle, &harmless(&thread.name));
        let (mut last, mut passed) = (None, 0_u64);
        for sample in profile
            .samples
            .iter()
            .filter(|sample| sample.thread == place)
        {
            let frames = profile.stacks[sample.stack].iter().rev();
            let mut infos: Vec<FrameInfo> = frames
                .map(|frame| {
                    let frame = &profile.frames[*frame];
                    // Lines of one function are one function.
                    let file = frame.file.as_ref().filter(|_| frame.origin == Origin::User);
                    let file = file.map_or(String::new(), |file| format!(" ({file})"));
                    let name = format!("{}{file}", frame.function);
                    FrameInfo {
                        frame: Frame::Label(out.intern_string(&harmless(&name))),
                        category_pair: category(frame.origin).into(),
                        flags: FrameFlags::empty(),
                    }
                })
                .collect();
            if let Some(call) = &sample.waits {
                infos.push(FrameInfo {
                    frame: Frame::Label(out.intern_string(&harmless(&format!("[{call}]")))),
                    category_pair: category(Origin::System).into(),
                    flags: FrameFlags::empty(),
                });
            }
            let stack = out.intern_stack_frames(handle, infos.into_iter());
            let since = sample.at_ns
                - last
                    .replace(sample.at_ns)
                    .unwrap_or(sample.at_ns)
                    .min(sample.at_ns);
            let busy = if sample.waits.is_none() { since } else { 0 };
            let (at_ns, busy, weight) = match sample.instructions {
                None => (sample.at_ns, busy, 1),
                Some(number) => {
                    let weight = i32::try_from(number / per_weight).unwrap_or(i32::MAX);
                    (passed, number, weight)
                }
            };
            passed = passed.saturating_add(sample.instructions.unwrap_or(0));
            let at = Timestamp::from_nanos_since_reference(at_ns);
            out.add_sample(handle, at, stack, CpuDelta::from_nanos(busy), weight);
        }
    }
    super::to_json(&out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::profile::fixture::regex_in_a_loop;

    #[test]
    fn stacks_are_folded_with_their_microseconds() {
        let profile = regex_in_a_loop("parser::parses_the_config");
        let folded = folded(&profile);
        let lines: Vec<&str> = folded.lines().collect();
        assert_eq!(lines.len(), 3, "{folded}");
        assert_eq!(
            lines[0],
            "parser::parses_the_config;parser::cache::save;memmap2::MmapMut::flush;msync;[msync] 24000"
        );
        let all: f64 = lines
            .iter()
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum();
        assert_eq!(all, 1_104_000.0);
    }

    #[test]
    fn a_flamegraph_shows_every_function_and_what_slow_calls_do_longer() {
        let profile = regex_in_a_loop("parser::parses_the_config");
        let graph = svg(&profile, Viewer::Browser);
        for text in [
            "<title>regex::regex::string::Regex::new (960,000 µs, 86.96%)</title>",
            "parser::parses_the_config</text>",
        ] {
            assert!(graph.contains(text), "{text}: {graph}");
        }
        assert_eq!(graph.matches("<script").count(), 1);
        let tail = tail_stacks(&profile, Some(10e6)).expect("there is one");
        let graph = differential(&profile.case, SLOW_CALLS, &tail, Viewer::Page);
        assert!(!graph.contains("function "), "it is a picture");
        assert!(
            graph.contains("[msync] (4,000,000 ns, 30.77%; +30.77%)"),
            "{graph}"
        );
    }

    #[test]
    fn the_firefox_profiler_finds_its_tables() {
        let text = for_firefox(&regex_in_a_loop("parser::parses_the_config"));
        let profile: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let thread = &profile["threads"][0];
        let samples = &thread["samples"];
        assert_eq!(samples["length"], 1_104);
        assert_eq!(samples["stack"].as_array().map(Vec::len), Some(1_104));
        let strings = thread["stringArray"]
            .as_array()
            .or(profile["shared"]["stringArray"].as_array());
        let strings = strings.expect("names");
        assert!(
            strings.contains(&"parser::name::is_valid (src/name.rs)".into()),
            "{strings:?}"
        );
        assert_eq!(profile["meta"]["interval"], 1.0);
        // Every stack leads to a frame, a function and a name.
        let at = |table: &str, column: &str, place: &serde_json::Value| {
            let column = thread[table][column].as_array().expect("a column");
            column[place.as_u64().expect("a place") as usize].clone()
        };
        for stack in samples["stack"].as_array().expect("stacks") {
            let frame = at("stackTable", "frame", stack);
            let function = at("frameTable", "func", &frame);
            let name = at("funcTable", "name", &function);
            assert!(strings.len() > name.as_u64().expect("a place") as usize);
        }
    }
}
