//! Names of functions, short enough to be read.

use perf_grammar::{closing_bracket, split_as, without_generics};

/// What stands for a closure at the end of a name.
const CLOSURES: [&str; 3] = ["{{closure}}", "{closure", "{async_"];
/// The crates whose types are known without their paths.
const STANDARD: [&str; 3] = ["std", "core", "alloc"];

/// A function without its closures: `app::load::{{closure}}` is a part of `app::load`.
pub(crate) fn function(name: &str) -> &str {
    let mut name = name;
    while let Some((function, last)) = split_last(name) {
        if !CLOSURES.iter().any(|closure| last.starts_with(closure)) {
            break;
        }
        name = function;
    }
    name
}

/// A name for people: `Regex::new` of a type, `<Vec as Clone>::clone` of a trait,
/// `std::thread::sleep` of a module; without generic arguments. Of user code a
/// function stands without its module, because its place stands beside it.
pub(crate) fn short(name: &str, is_user: bool) -> String {
    let name = function(name);
    // `<T as Trait>::method`, `<T>::method`
    if let Some(rest) = name.strip_prefix('<')
        && let Some(end) = closing_bracket(rest)
    {
        let (inside, method) = (&rest[..end], &rest[end + 1..]);
        let method = without_generics(method.trim_start_matches("::"));
        return match split_as(inside) {
            Some((of, of_trait)) => {
                format!("<{} as {}>::{method}", type_name(of), type_name(of_trait))
            }
            None => format!("{}::{method}", type_name(inside)),
        };
    }
    let plain = without_generics(name);
    let segments: Vec<&str> = segments(&plain).collect();
    match &*segments {
        [] => name.to_owned(),
        [one] => (*one).to_owned(),
        [.., of, method] if is_type(of) => {
            let of = format!("{of}::{method}");
            match segments[0] {
                _ if is_user || segments.len() == 2 => of,
                first if STANDARD.contains(&first) => of,
                first => format!("{first}::{of}"),
            }
        }
        [.., last] if is_user => (*last).to_owned(),
        [first, module, function] => format!("{first}::{module}::{function}"),
        [first, function] => format!("{first}::{function}"),
        // `std::thread::functions::sleep`: what lies in a module of the standard library
        // is found there, but for what faces the system.
        [first, module, .., function] if STANDARD.contains(first) && *module != "sys" => {
            format!("{first}::{module}::{function}")
        }
        [first, .., module, function] => format!("{first}::{module}::{function}"),
    }
}

/// Whether a segment of a path names a type.
fn is_type(segment: &str) -> bool {
    let first = segment
        .trim_start_matches(['<', '&', '*', '[', '(', '_'])
        .chars()
        .next();
    first.is_some_and(char::is_uppercase) || segment == "str" || segment.starts_with('[')
}

/// A type without its path and its arguments; what refers to one keeps its sign.
fn type_name(text: &str) -> String {
    let text = text.trim();
    for sign in ["&mut ", "&", "*const ", "*mut ", "dyn "] {
        if let Some(rest) = text.strip_prefix(sign) {
            return format!("{sign}{}", type_name(rest));
        }
    }
    if let Some(inside) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return format!(
            "[{}]",
            type_name(inside.split(';').next().unwrap_or_default())
        );
    }
    let plain = without_generics(function(text));
    let last = segments(&plain).last();
    last.unwrap_or(text).to_owned()
}

/// The segments of a path; what stands in brackets is not split.
fn segments(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(name);
    std::iter::from_fn(move || {
        let text = rest?;
        let (first, others) = match split(text) {
            Some(at) => (&text[..at], Some(&text[at + 2..])),
            None => (text, None),
        };
        rest = others;
        Some(first)
    })
    .filter(|segment| !segment.is_empty())
}

/// Where the first pair of colons outside of brackets stands.
fn split(name: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let bytes = name.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth -= 1,
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => return Some(at),
            _ => {}
        }
    }
    None
}

/// The path before the last segment, and that.
fn split_last(name: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    let mut last = None;
    while let Some(next) = split(&name[at..]) {
        last = Some(at + next);
        at += next + 2;
    }
    last.map(|at| (&name[..at], &name[at + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_say_what_they_are_of() {
        for (name, expected) in [
            ("regex::regex::string::Regex::new", "regex::Regex::new"),
            (
                "<alloc::vec::Vec<T,A> as core::clone::Clone>::clone",
                "<Vec as Clone>::clone",
            ),
            ("std::sync::poison::mutex::Mutex<T>::lock", "Mutex::lock"),
            ("std::thread::JoinHandle<T>::join", "JoinHandle::join"),
            ("std::thread::functions::sleep", "std::thread::sleep"),
            ("std::sys::fs::read", "std::fs::read"),
            ("toml::de::key::on_key", "toml::key::on_key"),
            ("alloc::fmt::format", "alloc::fmt::format"),
            (
                "core::ptr::drop_in_place<alloc::vec::Vec<u8>>",
                "core::ptr::drop_in_place",
            ),
            ("alloc::vec::Vec::<T>::push", "Vec::push"),
            ("alloc::slice::<impl [T]>::to_vec", "alloc::slice::to_vec"),
            (
                "core::slice::sort::stable::driftsort_main",
                "core::slice::driftsort_main",
            ),
            (
                "<&mut std::fs::File as std::io::Read>::read",
                "<&mut File as Read>::read",
            ),
            (
                "<fn(i32) -> bool as a::B<C>>::call",
                "<fn(i32) -> bool as B>::call",
            ),
            ("malloc", "malloc"),
            ("0x55d0c0ffee", "0x55d0c0ffee"),
            (
                "serde_json::de::from_str::{{closure}}",
                "serde_json::de::from_str",
            ),
        ] {
            assert_eq!(short(name, false), expected, "{name}");
        }
    }

    #[test]
    fn of_user_code_the_module_is_left_out() {
        for (name, expected) in [
            ("app::store::update", "update"),
            ("app::store::update::{{closure}}::{{closure}}", "update"),
            ("app::store::Store<K>::update::{closure#0}", "Store::update"),
            (
                "<app::Store as core::ops::Drop>::drop",
                "<Store as Drop>::drop",
            ),
            ("<app::Store<T>>::get::<u8>", "Store::get"),
            ("main", "main"),
        ] {
            assert_eq!(short(name, true), expected, "{name}");
        }
        assert_eq!(function("app::f::{{closure}}"), "app::f");
        assert_eq!(function("{{closure}}"), "{{closure}}");
    }
}
