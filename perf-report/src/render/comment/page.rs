//! A page of limited length: blocks of rows, of which the least important are cut, and
//! say so.

/// What is cut last comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    NotJudged,
    Advice,
    Rows,
    Changes,
    Explanations,
    Passes,
}

/// Rows under a head.
pub(super) struct Block {
    rank: Rank,
    head: String,
    rows: Vec<String>,
    end: String,
    /// What one of its rows is called.
    what: &'static str,
}

/// Room for the line that says what was cut of a block.
const CUT: usize = 160;

impl Block {
    pub(super) fn new(rank: Rank, head: &str, rows: Vec<String>, what: &'static str) -> Block {
        Block {
            rank,
            head: head.to_owned(),
            rows,
            end: String::new(),
            what,
        }
    }

    pub(super) fn folded(
        rank: Rank,
        summary: &str,
        head: &str,
        rows: Vec<String>,
        what: &'static str,
    ) -> Block {
        let head = format!("<details><summary>{summary}</summary>\n\n{head}");
        Block {
            end: "\n</details>\n".to_owned(),
            ..Block::new(rank, &head, rows, what)
        }
    }

    /// One text that is there whole or not at all.
    pub(super) fn whole(rank: Rank, text: String, what: &'static str) -> Block {
        Block::new(rank, "", vec![text], what)
    }

    /// How many rows fit into this many bytes, and how many bytes are used.
    fn fit(&self, room: usize) -> (usize, usize) {
        let around = 1 + self.head.len() + self.end.len() + CUT;
        if around > room {
            return (0, CUT.min(room));
        }
        let (mut rows, mut used) = (0, around);
        for row in &self.rows {
            if used + row.len() > room {
                break;
            }
            used += row.len();
            rows += 1;
        }
        if rows == 0 { (0, CUT) } else { (rows, used) }
    }

    fn text(&self, rows: usize) -> String {
        let mut out = String::new();
        if rows > 0 {
            out.push('\n');
            out.push_str(&self.head);
            out.extend(self.rows[..rows].iter().map(String::as_str));
            out.push_str(&self.end);
        }
        match self.rows.len() - rows {
            0 => {}
            left_out => {
                let more = if rows == 0 { "" } else { " more" };
                let (plural, are) = if left_out == 1 {
                    ("", "is")
                } else {
                    ("s", "are")
                };
                out.push_str(&format!(
                    "\n*{left_out}{more} {}{plural} {are} left out here, for want of room: the log and the whole report say all.*\n",
                    self.what
                ));
            }
        }
        out
    }
}

/// Puts blocks between a head and a foot, and is at most this many bytes long, as long
/// as head and foot are.
pub(super) fn page(head: &str, blocks: Vec<Block>, foot: &str, most: usize) -> String {
    let blocks: Vec<Block> = blocks
        .into_iter()
        .filter(|block| !block.rows.is_empty())
        .collect();
    // A line that says what was cut needs room, whatever else there is.
    let mut room = most.saturating_sub(head.len() + foot.len() + 1 + CUT * blocks.len());
    let mut fitted = vec![0; blocks.len()];
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|place| blocks[*place].rank);
    for place in order {
        let (rows, used) = blocks[place].fit(room + CUT);
        fitted[place] = rows;
        room = room.saturating_sub(used.saturating_sub(CUT));
    }
    let mut out = head.to_owned();
    for (block, rows) in blocks.iter().zip(fitted) {
        out.push_str(&block.text(rows));
    }
    out.push('\n');
    out.push_str(foot);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: usize) -> Vec<String> {
        (0..rows).map(|row| format!("row {row}\n")).collect()
    }

    #[test]
    fn the_least_important_is_cut_first_and_that_is_said() {
        let blocks = || {
            vec![
                Block::folded(Rank::Passes, "passes", "", rows(100), "limit"),
                Block::new(Rank::Rows, "rows\n", rows(50), "row"),
            ]
        };
        let whole = page("head\n", blocks(), "foot\n", 10_000);
        assert!(
            whole.contains("row 99") && !whole.contains("left out"),
            "{whole}"
        );
        let cut = page("head\n", blocks(), "foot\n", 1_200);
        assert!(cut.len() <= 1_200, "{}", cut.len());
        assert!(cut.contains("row 49") && !cut.contains("row 99"), "{cut}");
        assert!(cut.contains(" more limits are left out here"), "{cut}");
        assert!(
            cut.starts_with("head\n") && cut.ends_with("foot\n"),
            "{cut}"
        );
        let least = page("head\n", blocks(), "foot\n", 400);
        assert!(
            least.len() <= 400 && least.contains("100 limits are left out"),
            "{least}"
        );
    }

    #[test]
    fn a_block_without_rows_is_not_there() {
        let page = page(
            "head\n",
            vec![Block::new(Rank::Rows, "x", Vec::new(), "row")],
            "foot\n",
            100,
        );
        assert_eq!(page, "head\n\nfoot\n");
    }
}
