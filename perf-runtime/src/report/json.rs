//! Writes JSON: what records and worker messages are made of.
//!
//! NOTE: `serde` and `serde_json` would do this, for 3.4 CPU-seconds of every
//! user's clean build, as much as all of this crate; nothing here reads JSON.
//!
//! PERF: what writes one member is called at 350 places and never inlined: that would be
//! 4 % of this crate's machine code. What calls a closure borrows it: with one that it owns,
//! each would be compiled with what drops that.

use std::fmt::{self, Write as _};

/// A JSON value that is being written, compactly or indented by two.
#[derive(Debug)]
pub(crate) struct Json {
    text: String,
    /// Nesting depth where the text is indented; `None` where it is one line.
    depth: Option<usize>,
    /// Whether the next member is the first of its parent.
    first: bool,
}

impl Json {
    /// Writes one object on many lines.
    pub(crate) fn pretty(members: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::begun(Some(0));
        members(&mut json);
        json.ended("\n")
    }

    /// Writes one object on one line, without a line end.
    pub(crate) fn line(members: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::begun(None);
        members(&mut json);
        json.ended("")
    }

    fn begun(depth: Option<usize>) -> Json {
        let mut json = Json {
            text: String::new(),
            depth,
            first: true,
        };
        json.open("{");
        json
    }

    fn ended(mut self, end: &str) -> String {
        self.close("}");
        self.text.push_str(end);
        self.text
    }

    /// A text member.
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.string(value);
    }

    /// A text member, or `null`.
    #[inline(never)]
    pub(crate) fn maybe_text(&mut self, name: &str, value: Option<&str>) {
        self.name(name);
        match value {
            Some(text) => self.string(text),
            None => self.null(),
        }
    }

    /// A list of texts.
    pub(crate) fn texts<T: fmt::Display>(&mut self, name: &str, values: &[T]) {
        self.begin(name, "[");
        let mut at = 0;
        while at < values.len() {
            self.shown(&values[at]);
            at += 1;
        }
        self.close("]");
    }

    #[inline(never)]
    fn shown(&mut self, value: &dyn fmt::Display) {
        self.element();
        self.string(&value.to_string());
    }

    /// A whole number member.
    #[inline(never)]
    pub(crate) fn whole(&mut self, name: &str, value: u64) {
        self.member(name, &value);
    }

    /// A whole number member, or `null`.
    #[inline(never)]
    pub(crate) fn maybe_whole(&mut self, name: &str, value: Option<u64>) {
        match value {
            Some(value) => self.whole(name, value),
            None => self.member(name, &"null"),
        }
    }

    /// A number member; what is no finite number becomes `null`.
    #[inline(never)]
    pub(crate) fn number(&mut self, name: &str, value: f64) {
        self.name(name);
        self.float(value);
    }

    /// A number member, or `null`.
    #[inline(never)]
    pub(crate) fn maybe_number(&mut self, name: &str, value: Option<f64>) {
        self.number(name, value.unwrap_or(f64::NAN));
    }

    /// A truth member.
    #[inline(never)]
    pub(crate) fn truth(&mut self, name: &str, value: bool) {
        self.member(name, &value);
    }

    /// A member whose value is written as it is shown.
    #[inline(never)]
    pub(crate) fn member(&mut self, name: &str, value: &dyn fmt::Display) {
        self.name(name);
        self.raw(value);
    }

    /// An object member.
    pub(crate) fn object(&mut self, name: &str, members: &impl Fn(&mut Json)) {
        self.begin(name, "{");
        members(self);
        self.close("}");
    }

    /// An object member, or `null`.
    pub(crate) fn maybe_object<T>(
        &mut self,
        name: &str,
        value: Option<&T>,
        members: &impl Fn(&mut Json, &T),
    ) {
        self.maybe_begin(name, value.is_some());
        if let Some(value) = value {
            members(self, value);
            self.close("}");
        }
    }

    /// An array member; each of its elements is written behind [`element`](Json::element).
    pub(crate) fn list(&mut self, name: &str, elements: &impl Fn(&mut Json)) {
        self.begin(name, "[");
        elements(self);
        self.close("]");
    }

    /// An array member, with an object for each value.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        values: &[T],
        members: &impl Fn(&mut Json, &T),
    ) {
        self.begin(name, "[");
        let mut at = 0;
        while at < values.len() {
            self.element();
            self.open("{");
            members(self, &values[at]);
            self.close("}");
            at += 1;
        }
        self.close("]");
    }

    /// An array of numbers, where a value is expected.
    pub(crate) fn floats(&mut self, values: &[f64]) {
        self.open("[");
        for value in values {
            self.element();
            self.float(*value);
        }
        self.close("]");
    }

    pub(crate) fn null(&mut self) {
        self.text.push_str("null");
    }

    #[inline(never)]
    pub(crate) fn raw(&mut self, value: &dyn fmt::Display) {
        let _ = write!(self.text, "{value}");
    }

    #[inline(never)]
    pub(crate) fn float(&mut self, value: f64) {
        if value.is_finite() {
            self.raw(&value)
        } else {
            self.null()
        }
    }

    #[inline(never)]
    pub(crate) fn string(&mut self, value: &str) {
        self.text += "\"";
        for c in value.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                c if c < ' ' => {
                    let _ = write!(self.text, "\\u{:04x}", u32::from(c));
                }
                c => self.text.push(c),
            }
        }
        self.text += "\"";
    }

    // What is not generic is compiled once, and not for each closure.
    fn name(&mut self, name: &str) {
        self.element();
        self.string(name);
        self.text
            .push_str(if self.depth.is_some() { ": " } else { ":" });
    }

    #[inline(never)]
    fn begin(&mut self, name: &str, open: &str) {
        self.name(name);
        self.open(open);
    }

    #[inline(never)]
    fn maybe_begin(&mut self, name: &str, is_known: bool) {
        self.name(name);
        match is_known {
            true => self.open("{"),
            false => self.null(),
        }
    }

    fn open(&mut self, open: &str) {
        self.text.push_str(open);
        self.depth = self.depth.map(|depth| depth + 1);
        self.first = true;
    }

    #[inline(never)]
    fn close(&mut self, close: &str) {
        let empty = self.first;
        self.depth = self.depth.map(|depth| depth - 1);
        if !empty {
            self.line_end();
        }
        self.text.push_str(close);
        self.first = false;
    }

    /// Where the next element of an array begins, or the next member of an object.
    #[inline(never)]
    pub(crate) fn element(&mut self) {
        if !self.first {
            self.text += ",";
        }
        self.line_end();
        self.first = false;
    }

    fn line_end(&mut self) {
        if let Some(depth) = self.depth {
            self.text += "\n";
            for _ in 0..depth {
                self.text.push_str("  ");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(json: &mut Json) {
        json.text("text", "a \"b\"\n\\ \u{1} µ");
        json.maybe_text("none", None);
        json.whole("whole", u64::MAX);
        json.number("number", 0.5);
        json.number("no number", f64::INFINITY);
        json.texts("empty", &[] as &[&str]);
        json.texts("list", &["x", "y"]);
        json.object("object", &|json| json.truth("yes", true));
    }

    #[test]
    fn what_is_written_is_json_and_says_the_same_both_ways() {
        let pretty: serde_json::Value = serde_json::from_str(&Json::pretty(fill)).unwrap();
        let line: serde_json::Value = serde_json::from_str(&Json::line(fill)).unwrap();
        assert_eq!(pretty, line);
        assert_eq!(pretty["text"], "a \"b\"\n\\ \u{1} µ");
        assert_eq!(pretty["whole"], u64::MAX);
        assert!(pretty["no number"].is_null());
        assert_eq!(pretty["list"][1], "y");
        assert!(!Json::line(fill).contains('\n'));
    }
}
