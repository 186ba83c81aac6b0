//! What is seen while a run is measured: a bar, or a line a case.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use perf_grammar::{harmless, shortened};

use crate::infra::worker::Observer;
use crate::model::protocol::{self, Message};
use crate::model::words::counted;

/// After this long in one case, a line goes into the log.
const LONG: Duration = Duration::from_secs(60);
/// The longest sentence that stands on a line, bytes.
const LONGEST: usize = 500;
/// How wide the bar is.
const WIDTH: usize = 20;

/// Shows how far a run is.
pub(super) struct Progress<'a> {
    view: View<'a>,
    start: Instant,
    total: usize,
    settled: usize,
    /// What becomes of a case that counts.
    counted: &'static str,
    /// What each worker says it still needs.
    left: Vec<Duration>,
    at: Option<(String, Instant)>,
    mistake: Option<String>,
    warnings: Vec<String>,
    told_waiting: bool,
}

enum View<'a> {
    Bar(ProgressBar),
    Lines(&'a mut dyn Write),
}

impl<'a> Progress<'a> {
    /// A bar on the process's standard error if it is a terminal, otherwise
    /// lines to `err`.
    pub(super) fn new(total: usize, watched: bool, err: &'a mut dyn Write) -> Progress<'a> {
        let view = if watched {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            // The bar is a part of the message: position and message are drawn one after
            // the other, and for a moment one would be of another pass.
            let style = ProgressStyle::with_template("{wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style);
            View::Bar(bar)
        } else {
            View::Lines(err)
        };
        Progress {
            view,
            start: Instant::now(),
            total,
            settled: 0,
            counted: "settled",
            left: Vec::new(),
            at: None,
            mistake: None,
            warnings: Vec::new(),
            told_waiting: false,
        }
    }

    /// The candidates' turn begins.
    pub(super) fn confirming(&mut self, candidates: usize) {
        (self.total, self.settled, self.start) = (candidates, 0, Instant::now());
        (self.counted, self.at) = ("measured again", None);
        self.left.clear();
        self.draw();
        // With this line the bar is drawn as well, however short ago it was.
        let cases = counted(candidates, "broken case");
        self.line(&format!("measuring {cases} again, in fresh processes"));
    }

    /// A budget file that broke after it was listed.
    pub(super) fn mistake(&self) -> Option<String> {
        self.mistake.clone()
    }

    /// Takes the bar away; what workers warned of.
    pub(super) fn finish(self) -> Vec<String> {
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
        self.warnings
    }

    fn line(&mut self, text: &str) {
        let text = &*perf_grammar::harmless_lines(text);
        match &mut self.view {
            View::Bar(bar) => bar.println(text),
            // A log that cannot be written must not end a measurement.
            View::Lines(err) => drop(writeln!(err, "{text}")),
        }
    }

    fn settle(&mut self, id: &str, outcome: &str, sentence: &str) {
        self.settled += 1;
        let text = format!(
            "[{}/{}] {outcome} {}  {}",
            self.settled,
            self.total,
            harmless(id),
            harmless(&shortened(sentence.trim_start(), LONGEST, "its record"))
        );
        match &self.view {
            // Under a bar the passes are left to the table.
            View::Bar(_) if outcome == "pass" => {}
            View::Bar(_) | View::Lines(_) => self.line(text.trim_end()),
        }
        self.draw();
    }

    fn draw(&self) {
        if let View::Bar(bar) = &self.view {
            bar.set_message(self.shown());
        }
    }

    /// The bar, and how far the run is.
    fn shown(&self) -> String {
        let (gone, left): (Duration, Duration) = (self.start.elapsed(), self.left.iter().sum());
        let share = if left.is_zero() {
            self.settled as f64 / self.total.max(1) as f64
        } else {
            gone.as_secs_f64() / (gone + left).as_secs_f64()
        };
        let full = ((share * WIDTH as f64) as usize).min(WIDTH);
        let bar = "█".repeat(full) + &"░".repeat(WIDTH - full);
        let left = if left.is_zero() {
            String::new()
        } else {
            format!(", {} left", seconds(left))
        };
        let at = self
            .at
            .as_ref()
            .map_or(String::new(), |(id, _)| format!("  {}", harmless(id)));
        format!(
            "{bar} {}/{} {}{left}{at}",
            self.settled, self.total, self.counted
        )
    }
}

impl Observer for Progress<'_> {
    fn message(&mut self, worker: usize, message: &Message) {
        match message {
            Message::Begin { id } | Message::At { id } => {
                self.at = Some((id.clone(), Instant::now()));
                self.draw();
            }
            Message::Swept { left_ms, .. } => {
                self.left
                    .resize(self.left.len().max(worker + 1), Duration::ZERO);
                self.left[worker] = Duration::from_millis(*left_ms);
                self.at = None;
                self.draw();
            }
            Message::Verdict {
                id,
                outcome,
                sentence,
                ..
            } => self.settle(id, outcome, sentence),
            Message::Candidate { id, .. } => {
                self.settle(id, "broken", "to be measured again in a fresh process")
            }
            Message::ConfigError { text } => {
                self.mistake.get_or_insert_with(|| text.clone());
            }
            Message::Hung { id, text } => self.settle(id, "hangs", text),
            Message::Warning { text } => self.warnings.push(text.clone()),
            Message::Waiting { what } if !self.told_waiting => {
                self.told_waiting = true;
                self.line(&protocol::waiting_for(what));
            }
            Message::Bye => {
                if let Some(left) = self.left.get_mut(worker) {
                    *left = Duration::ZERO;
                }
            }
            _ => {}
        }
    }

    fn output(&mut self, _worker: usize, _line: &str) {}

    fn tick(&mut self) {
        self.draw();
        if let View::Lines(err) = &mut self.view
            && let Some((id, since)) = &mut self.at
            && since.elapsed() > LONG
        {
            let _ = writeln!(
                err,
                "{} has been running for {} or more",
                harmless(id),
                seconds(LONG)
            );
            *since = Instant::now();
        }
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        long if long >= 120 => format!("{} min", (long + 30) / 60),
        short => format!("{} s", short.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::protocol::SentRecord;

    #[test]
    fn the_bar_and_its_count_are_of_the_same_pass() {
        let mut log = Vec::new();
        let mut progress = Progress::new(2, false, &mut log);
        let none = "░".repeat(WIDTH);
        assert_eq!(progress.shown(), format!("{none} 0/2 settled"));
        for id in ["a::b", "a::c"] {
            let id = id.to_owned();
            progress.message(0, &Message::At { id: id.clone() });
            let record = SentRecord::default();
            progress.message(0, &Message::Candidate { id, record });
        }
        progress.message(0, &Message::Bye);
        let all = "█".repeat(WIDTH);
        assert_eq!(progress.shown(), format!("{all} 2/2 settled  a::c"));
        progress.confirming(2);
        assert_eq!(progress.shown(), format!("{none} 0/2 measured again"));
        let id = "a::b".to_owned();
        progress.message(
            0,
            &Message::Hung {
                id,
                text: String::new(),
            },
        );
        let half = "█".repeat(WIDTH / 2) + &none[..none.len() / 2];
        assert_eq!(progress.shown(), format!("{half} 1/2 measured again"));
    }

    #[test]
    fn a_log_gets_one_line_a_case() {
        let mut log = Vec::new();
        let mut progress = Progress::new(2, false, &mut log);
        let verdict = |id: &str, sentence: &str| Message::Verdict {
            id: id.to_owned(),
            outcome: "pass".to_owned(),
            sentence: sentence.to_owned(),
            record: SentRecord::default(),
        };
        progress.message(
            0,
            &Message::At {
                id: "a::b".to_owned(),
            },
        );
        progress.message(0, &verdict("a::b", "p99 1.2 ms of 10 ms"));
        progress.message(
            1,
            &Message::Candidate {
                id: "a::c".to_owned(),
                record: SentRecord::default(),
            },
        );
        progress.message(
            1,
            &Message::Warning {
                text: "odd".to_owned(),
            },
        );
        assert_eq!(progress.finish(), ["odd"]);
        let expected = "[1/2] pass a::b  p99 1.2 ms of 10 ms\n[2/2] broken a::c  to be measured again in a fresh process\n";
        assert_eq!(String::from_utf8_lossy(&log), expected);
    }
}
