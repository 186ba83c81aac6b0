//! One frame of a stack, read from the text in which the standard library shows a backtrace.

/// One function on a stack; inlined functions have separate frames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Frame {
    /// The path of the function, as the compiler demangles it; `<unknown>`
    /// where there is no name.
    pub(crate) function: String,
    /// Where the call stands; `None` without debug information.
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

/// Reads what `std::backtrace::Backtrace` displays, plain or alternate. `here`
/// is the current directory, from which the plain form shows some paths.
///
/// NOTE: the standard library promises nothing about this text, and has no
/// other access to the frames on stable. What is not understood is no frame;
/// a place without a name is still a place.
#[must_use]
pub(crate) fn parse(text: &str, here: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(place) = line.strip_prefix("at ") {
            if let Some(frame) = frames.last_mut()
                && frame.file.is_none()
            {
                set_place(frame, place, here);
            }
        } else if !line.is_empty() {
            frames.push(Frame {
                function: name(line),
                ..Frame::default()
            });
        }
    }
    frames
}

/// `  12:     0x5581 - alloc::vec::push::h0123456789abcdef` is the function's
/// path; the number is not there for what was inlined, the address is in the
/// alternate form only.
fn name(line: &str) -> String {
    let numbered = line
        .split_once(": ")
        .filter(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    let rest = numbered.map_or(line, |(_, rest)| rest).trim_start();
    let address = rest
        .split_once(" - ")
        .filter(|(address, _)| address.starts_with("0x"));
    let function = address.map_or(rest, |(_, function)| function);
    without_disambiguators(without_hash(function))
}

/// `path::h0123456789abcdef`: the older mangling ends in a hash.
fn without_hash(function: &str) -> &str {
    match function.rsplit_once("::h") {
        Some((path, hash)) if is_hash(hash) => path,
        _ => function,
    }
}

/// `std[0123456789abcdef]::rt`: the newer mangling names the crate's hash.
fn without_disambiguators(function: &str) -> String {
    let mut out = String::with_capacity(function.len());
    let mut rest = function;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once(']') {
            Some((hash, behind)) if is_hash(hash) => rest = behind,
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn is_hash(text: &str) -> bool {
    (12..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `./src/a.rs:12:5`; a path may itself hold colons.
fn set_place(frame: &mut Frame, place: &str, here: &str) {
    let (path, last) = split_number(place);
    let (path, before) = match last {
        Some(_) => split_number(path),
        None => (path, None),
    };
    (frame.line, frame.column) = match (before, last) {
        (Some(line), column) => (Some(line), column),
        (None, line) => (line, None),
    };
    let inside = path
        .strip_prefix("./")
        .or_else(|| path.strip_prefix(".\\"))
        .filter(|_| !here.is_empty());
    frame.file = Some(match inside {
        Some(rest) => format!("{}/{rest}", here.trim_end_matches(['/', '\\'])),
        None => path.to_owned(),
    });
}

fn split_number(text: &str) -> (&str, Option<u32>) {
    match text.rsplit_once(':') {
        Some((rest, number)) => match number.parse() {
            Ok(number) => (rest, Some(number)),
            Err(_) => (text, None),
        },
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = (&'a str, Option<(&'a str, u32, u32)>);

    #[track_caller]
    fn check(text: &str, expected: &[Row<'_>]) {
        let expected: Vec<Frame> = expected
            .iter()
            .map(|(function, place)| Frame {
                function: (*function).to_owned(),
                file: place.map(|(file, _, _)| file.to_owned()),
                line: place.map(|(_, line, _)| line),
                column: place.map(|(_, _, column)| column),
            })
            .collect();
        assert_eq!(parse(text, "/code/app"), expected);
    }

    #[test]
    fn frames_with_and_without_places_are_read() {
        check("", &[]);
        check(
            "   0: app::parser::read_all\n             at ./src/parser.rs:42:9\n   1: main\n  10: _start\n",
            &[
                (
                    "app::parser::read_all",
                    Some(("/code/app/src/parser.rs", 42, 9)),
                ),
                ("main", None),
                ("_start", None),
            ],
        );
        check("   0: <unknown>\n", &[("<unknown>", None)]);
    }

    #[test]
    fn inlined_functions_have_frames_of_their_own() {
        check(
            "   3: app::inner\n             at /a/b.rs:1:2\n      app::outer\n             at /a/c.rs:3:4\n   4: main\n",
            &[
                ("app::inner", Some(("/a/b.rs", 1, 2))),
                ("app::outer", Some(("/a/c.rs", 3, 4))),
                ("main", None),
            ],
        );
    }

    #[test]
    fn the_alternate_form_says_the_same() {
        check(
            "   0:     0x56101f3d572b - <std[e28293b1aa0f68bd]::backtrace::Backtrace>::create\n                               at /rustc/5980/library/std/src/backtrace.rs:331:13\n   1:     0x56101f3b9f23 - app::inl::h3fd2e3a12cb31c80\n                               at /code/app/a.rs:3:63\n   2:                0x0 - <unknown>\n",
            &[
                (
                    "<std::backtrace::Backtrace>::create",
                    Some(("/rustc/5980/library/std/src/backtrace.rs", 331, 13)),
                ),
                ("app::inl", Some(("/code/app/a.rs", 3, 63))),
                ("<unknown>", None),
            ],
        );
    }

    #[test]
    fn generics_closures_and_arrays_keep_their_names() {
        for name in [
            "<a::S<T> as a::X>::go::{{closure}}",
            "a::parser::read_all::<u8>::{closure#0}",
            "<&dyn core::ops::function::Fn<(), Output = i32> + core::marker::Sync as core::ops::function::FnOnce<()>>::call_once",
            "<[u8; 4] as a::X>::go",
            "<[T] as alloc::slice::ToOwned>::to_owned",
            "a::hello",
        ] {
            check(&format!("   7: {name}\n"), &[(name, None)]);
        }
    }

    #[test]
    fn places_are_read_from_their_end() {
        #[track_caller]
        fn check(place: &str, file: &str, line: Option<u32>, column: Option<u32>) {
            let frames = parse(&format!("   0: f\n      at {place}\n"), "/code/app/");
            let expected = Frame {
                function: "f".to_owned(),
                file: Some(file.to_owned()),
                line,
                column,
            };
            assert_eq!(frames, [expected], "{place}");
        }
        check("/a.rs:7", "/a.rs", Some(7), None);
        check("/a.rs", "/a.rs", None, None);
        check("C:\\app\\a.rs:7:1", "C:\\app\\a.rs", Some(7), Some(1));
        check("./a b.rs:7:1", "/code/app/a b.rs", Some(7), Some(1));
        check("src/a.rs:7:1", "src/a.rs", Some(7), Some(1));
    }
}
