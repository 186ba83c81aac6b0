//! A page, with what it takes from elsewhere made again.

use crate::{source, tables};

/// `<!-- from FILE: ITEM, ITEM -->`, and a fence that holds these items; `*` is all.
const FROM: &str = "<!-- from ";
/// `<!-- table NAME -->`, and what is generated, up to [`END`].
const TABLE: &str = "<!-- table ";
const END: &str = "<!-- end -->";

/// The page as it has to be.
///
/// # Errors
/// If a source is not there, or a region does not end.
pub(crate) fn made_again(page: &str) -> Result<String, String> {
    let mut made = String::new();
    let mut lines = page.split_inclusive('\n');
    while let Some(line) = lines.next() {
        made.push_str(line);
        let named = |start| line.strip_prefix(start)?.trim_end().strip_suffix(" -->");
        if let Some((file, items)) = named(FROM).and_then(|named| named.split_once(": ")) {
            let fence = lines.next().ok_or_else(|| format!("{file}: no fence"))?;
            let ticks: String = fence.chars().take_while(|c| *c == '`').collect();
            if ticks.len() < 3 {
                return Err(format!(
                    "{file}: found `{}`, expected a fence",
                    fence.trim_end()
                ));
            }
            made.push_str(fence);
            let items: Result<Vec<String>, String> = items
                .split(", ")
                .map(|item| source::item(file, item))
                .collect();
            made.push_str(&items?.join("\n"));
            let end = lines.find(|line| line.trim_end() == ticks);
            made.push_str(end.ok_or_else(|| format!("{file}: the fence does not end"))?);
        } else if let Some(name) = named(TABLE) {
            made.push_str(&tables::table(name)?);
            let end = lines.find(|line| line.trim_end() == END);
            made.push_str(end.ok_or_else(|| format!("{name}: no `{END}`"))?);
        }
    }
    Ok(made)
}
