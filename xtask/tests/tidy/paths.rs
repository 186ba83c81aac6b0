//! The modules that source code names, `crate::a::b`, also where braces name several.

/// The modules that code names as `crate::module` or `crate::folder::module`, also in
/// a list in braces, each with its line.
pub(crate) fn named_modules(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut rest: Vec<(usize, &str)> = crate::code_lines(code).collect();
    rest.iter_mut().for_each(|(_, line)| *line = line.trim());
    let mut text = String::new();
    let mut starts = Vec::new();
    for (number, line) in rest {
        starts.push((text.len(), number));
        text.push_str(line);
        text.push(' ');
    }
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` is of a macro for other crates.
        if text[..at].ends_with('$') {
            continue;
        }
        let number = starts.partition_point(|(start, _)| *start <= at);
        let number = starts[number.saturating_sub(1)].1;
        for path in paths(&text[at + "crate::".len()..]) {
            found.push((path, number));
        }
    }
    found
}

/// The first two names of each path at the beginning of a text, `a::b`, where braces
/// may stand for several.
fn paths(text: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let first = name(text);
    if first.is_empty() {
        return items(text).iter().flat_map(|item| paths(item)).collect();
    }
    let Some(rest) = text[first.len()..].strip_prefix("::") else {
        return vec![first];
    };
    let second = name(rest);
    if second.is_empty() {
        let inner = items(rest);
        return inner
            .iter()
            .map(|item| format!("{first}::{}", name(item)))
            .collect();
    }
    vec![format!("{first}::{second}")]
}

/// The items of a list in braces, if the text begins with one.
fn items(text: &str) -> Vec<&str> {
    let Some(inner) = text.strip_prefix('{') else {
        return Vec::new();
    };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(inner[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|item| !item.is_empty());
    found
}
