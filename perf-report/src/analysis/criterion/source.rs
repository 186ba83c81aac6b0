//! The text of a source file, and its parts by their spans.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::{Span, TokenStream, TokenTree};

/// The text that was parsed.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
}

impl<'a> Source<'a> {
    /// A text without the byte order mark that the parser passes over.
    pub(super) fn new(text: &'a str) -> Source<'a> {
        Source {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
        }
    }

    /// The bytes of a span. Spans count characters in lines; lines do not differ from
    /// those of the text.
    pub(super) fn range(&self, span: Span) -> Range<usize> {
        let at = |place: proc_macro2::LineColumn| {
            let lines = self.text.split_inclusive('\n');
            let before: usize = lines.take(place.line - 1).map(str::len).sum();
            let line = &self.text[before..];
            let inside = line.char_indices().nth(place.column);
            before + inside.map_or(line.len(), |(at, _)| at)
        };
        at(span.start())..at(span.end())
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'a str {
        &self.text[range]
    }

    /// What stands at a span, moved to the left as far as its first line.
    pub(super) fn moved(&self, span: Span) -> String {
        let text = self.slice(self.range(span));
        if has_long_literals(text) {
            return text.to_owned();
        }
        let column = self.indent(span);
        let lines = text.split('\n').enumerate().map(|(at, line)| {
            let blank = line.len() - line.trim_start_matches(' ').len();
            &line[if at == 0 { 0 } else { blank.min(column) }..]
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The spaces in front of the line in which a span starts.
    fn indent(&self, span: Span) -> usize {
        let line = self.text.lines().nth(span.start().line - 1).unwrap_or("");
        line.len() - line.trim_start_matches(' ').len()
    }

    /// The words at a span.
    pub(super) fn tokens(&self, span: Span) -> BTreeSet<String> {
        words(self.slice(self.range(span)))
    }

    /// The text with some ranges replaced.
    pub(super) fn with(&self, edits: &[(Range<usize>, String)]) -> String {
        let mut made = String::new();
        let mut at = 0;
        for (range, text) in edits {
            made.push_str(&self.text[at..range.start]);
            made.push_str(text);
            at = range.end;
        }
        made + &self.text[at..]
    }
}

/// The identifiers of a piece of source; none where it is no list of tokens.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    fn add(stream: TokenStream, words: &mut BTreeSet<String>) {
        for token in stream {
            match token {
                TokenTree::Ident(ident) => {
                    words.insert(ident.to_string());
                }
                TokenTree::Group(group) => add(group.stream(), words),
                TokenTree::Literal(literal) => {
                    // `{name}` in a format string.
                    let text = literal.to_string();
                    for part in text.split('{').skip(1) {
                        let end = part.find(|c: char| !c.is_alphanumeric() && c != '_');
                        words.insert(part[..end.unwrap_or(part.len())].to_owned());
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
    let mut found = BTreeSet::new();
    if let Ok(stream) = text.parse() {
        add(stream, &mut found);
    }
    found
}

/// Whether a literal goes over several lines: moving it would change it.
fn has_long_literals(text: &str) -> bool {
    fn is_in(stream: TokenStream) -> bool {
        stream.into_iter().any(|token| match token {
            TokenTree::Group(group) => is_in(group.stream()),
            TokenTree::Literal(literal) => literal.to_string().contains('\n'),
            _ => false,
        })
    }
    text.parse().is_ok_and(is_in)
}

/// Without lines that are blank twice, or at the start; one at the end of the text.
pub(super) fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        let follows_blank = lines.last().is_none_or(|last| last.is_empty());
        if !(line.is_empty() && follows_blank) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}
