//! Renderers: a report in, text out.

pub(crate) mod baseline;
pub(crate) mod compared;
pub(crate) mod dhat;
pub(crate) mod difference;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
#[cfg(feature = "history")]
pub(crate) mod past;
pub(crate) mod proposals;
pub(crate) mod template;
pub(crate) mod terminal;

use serde::Serialize;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;

/// A value as JSON. What would act on the reader of a text is written as an
/// escape, which is the same value: JSON is shown at terminals too.
fn to_json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value)
        .expect("what is rendered holds nothing that JSON cannot say");
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && !c.is_ascii_graphic() && perf_grammar::acts_on_its_reader(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}
