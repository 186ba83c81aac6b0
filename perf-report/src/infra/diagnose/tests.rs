use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use perf_statistics::Random;
use serde_json::Value;
use tracing::Level;
use tracing_subscriber::fmt;

use super::*;
use crate::render::hostile;

#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics here").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines in which events are printed.
fn printed(json: bool, events: impl Fn()) -> Vec<String> {
    let out = Out::default();
    let writer = out.clone();
    let layer = fmt().with_max_level(Level::TRACE).with_ansi(false);
    let layer = layer.with_writer(move || writer.clone());
    match json {
        true => tracing::subscriber::with_default(layer.json().finish(), events),
        false => tracing::subscriber::with_default(layer.finish(), events),
    }
    let bytes = out.0.lock().expect("no test panics here");
    let text = std::str::from_utf8(&bytes).expect("text");
    text.lines().map(str::to_owned).collect()
}

/// Every event that holds a text of others, with this one.
fn events(text: &str) {
    let mut command = Command::new(text);
    command.arg(text).current_dir(text);
    for program in [
        Program::Cargo,
        Program::Git,
        Program::Linker,
        Program::Worker,
    ] {
        Started::new(program, &command, Some(7)).ended(ExitStatus::default());
    }
    heard(7, &Line::Output(text.to_owned()));
    heard(7, &Line::Garbled(text.to_owned(), text.to_owned()));
    sent(7, text);
    died(text, text, 1);
    let sample = include_str!("../../../../perf-runtime/schema/record-1.sample.json");
    let mut value: Value = serde_json::from_str(sample).expect("the sample is JSON");
    value["case"]["id"] = text.into();
    value["budget_file"] = text.into();
    let read = Record::read(&value.to_string()).expect("a record");
    record(text, true, Ok(&read));
    value["run"] = Value::Null;
    let refused = Record::read(&value.to_string()).expect_err("no record");
    record(text, false, Err(&refused));
    budget_file(Path::new(text), Path::new(text));
    history(text);
    candidate(text);
}

#[test]
fn no_text_of_an_event_acts_on_its_reader() {
    let mut random = Random::new(21);
    for _ in 0..50 {
        let text = hostile(&mut random);
        let plain = printed(false, || events("plain"));
        for json in [false, true] {
            let lines = printed(json, || events(&text));
            // No text makes a line, or hides one.
            assert_eq!(lines.len(), plain.len(), "{lines:#?}");
            for line in &lines {
                assert!(!line.contains(perf_grammar::acts_on_its_reader), "{line:?}");
                assert!(!line.starts_with("FORGED"), "{line}");
            }
            if json {
                let last: Value = serde_json::from_str(&lines[lines.len() - 1]).expect("JSON");
                assert_eq!(last["fields"]["case"], *harmless(&text), "{last}");
                for line in &lines {
                    assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
                }
            }
        }
    }
}
