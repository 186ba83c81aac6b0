//! The names of code by address: functions, those inlined into them, files and lines.

use std::collections::HashMap;
use std::sync::Arc;

use addr2line::Context;
use addr2line::gimli::{self, EndianSlice, LittleEndian};
use elf::abi::{SHN_UNDEF, STT_FUNC, STT_GNU_IFUNC};
use elf::endian::LittleEndian as Little;
use elf::file::Class;
use elf::parse::ParsingTable;
use elf::symbol::Symbol;

use super::images::{Image, Images};
use super::names::{self, Place};
use crate::infra::sampler::Owners;
use crate::model::profile::{Frame, Origin};

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// The names of the code of a process; each address is looked up once, and an image is
/// read where the first of its addresses is.
pub(crate) struct Symbols<'a> {
    images: &'a Images,
    owners: Owners,
    read: Vec<Option<Named<'a>>>,
    known: HashMap<u64, Vec<Frame>>,
    /// Files of the workspace that names were looked for in.
    sources: HashMap<String, Option<String>>,
}

/// The names in an image.
struct Named<'a> {
    lines: Option<Lines<'a>>,
    /// In the order of addresses.
    functions: Vec<Symbol>,
    strings: &'a [u8],
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(images: &'a Images, owners: Owners) -> Symbols<'a> {
        Symbols {
            images,
            owners,
            read: images.iter().map(|_| None).collect(),
            known: HashMap::new(),
            sources: HashMap::new(),
        }
    }

    /// The functions at an address: the one that is inlined into all others first, and
    /// last the one that was compiled.
    pub(crate) fn frames(&mut self, address: u64) -> &[Frame] {
        if !self.known.contains_key(&address) {
            let frames = self.look_up(address);
            self.known.insert(address, frames);
        }
        &self.known[&address]
    }

    /// The annotated functions of the program, by the cases that the attribute makes of them:
    /// `app::parses` of `app::__perf_budget_parses::__PERF_BUDGET_CASE`.
    pub(crate) fn annotated(&self) -> Vec<String> {
        let program = self
            .images
            .iter()
            .find(|image| self.images.is_program(image));
        let names = program.and_then(|program| program.section(".strtab"));
        let names = names.map_or(&[][..], |(_, names)| names);
        let of_case = names
            .split(|byte| *byte == 0)
            .filter(|name| memchr::memmem::find(name, b"__PERF_BUDGET_CASE").is_some());
        let mut annotated: Vec<String> = of_case
            .filter_map(|name| names::annotated(&String::from_utf8_lossy(name)))
            .collect();
        annotated.sort();
        annotated.dedup();
        annotated
    }

    /// What the names that were asked for lack.
    pub(crate) fn unseen(&self) -> Option<String> {
        names::without_lines(self.known.values().flatten()).then(|| {
            "the workspace's code has no line tables: files, lines and inlined functions are not named; `debug = \"line-tables-only\"` in its profile brings them, without `split-debuginfo`".to_owned()
        })
    }

    fn look_up(&mut self, address: u64) -> Vec<Frame> {
        let Some((place, image)) = self.images.of(address) else {
            return vec![unknown(format!("{address:#x}"))];
        };
        let named = self.read[place].get_or_insert_with(|| Named::of(image));
        let in_file = address.wrapping_sub(image.bias);
        let is_program = self.images.is_program(image);
        let mut frames = Vec::new();
        for place in named.inlined(in_file) {
            frames.push(names::frame(place, is_program, &self.owners));
        }
        if frames.is_empty() {
            let function = named.function(in_file);
            frames.push(match function {
                Some(name) => {
                    let place = Place {
                        name,
                        file: None,
                        line: None,
                    };
                    names::frame(place, is_program, &self.owners)
                }
                None => unknown(format!("[{}]", image.name())),
            });
        }
        for frame in &mut frames {
            self.name_future(frame);
        }
        let inlined = frames.len() - 1;
        frames[..inlined]
            .iter_mut()
            .for_each(|frame| frame.inlined = true);
        frames
    }

    /// The body of an `async fn` that was inlined is called `{async_fn}`: what it is the
    /// body of stands in the source.
    fn name_future(&mut self, frame: &mut Frame) {
        let (Some(file), Some(line)) = (&frame.file, frame.line) else {
            return;
        };
        if frame.origin != Origin::User || !frame.function.starts_with("{async_") {
            return;
        }
        let path = self.owners.root.join(file);
        let source = self.sources.entry(file.clone());
        let source = source.or_insert_with(|| std::fs::read_to_string(path).ok());
        if let Some(name) = source
            .as_deref()
            .and_then(|text| async_function(text, line))
        {
            frame.function = format!("{name}::{}", frame.function);
        }
    }
}

impl<'a> Named<'a> {
    fn of(image: &'a Image) -> Named<'a> {
        let section = |id: gimli::SectionId| {
            let data = image.section(id.name()).map_or(&[][..], |(_, data)| data);
            Ok::<_, gimli::Error>(EndianSlice::new(data, LittleEndian))
        };
        let has_lines = image.section(".debug_info").is_some();
        let lines = has_lines
            .then(|| Lines::of(gimli::Dwarf::load(section).ok()?))
            .flatten();
        // What is exported is all that a stripped library says.
        let tables = [(".symtab", ".strtab"), (".dynsym", ".dynstr")];
        let found = tables.iter().find_map(|(symbols, strings)| {
            Some((image.section(symbols)?.1, image.section(strings)?.1))
        });
        let (symbols, strings) = found.unwrap_or_default();
        let symbols = ParsingTable::<Little, Symbol>::new(Little, Class::ELF64, symbols);
        let is_function = |symbol: &Symbol| {
            [STT_FUNC, STT_GNU_IFUNC].contains(&symbol.st_symtype()) && symbol.st_shndx != SHN_UNDEF
        };
        let mut functions: Vec<Symbol> = symbols.iter().filter(is_function).collect();
        functions.sort_unstable_by_key(|symbol| symbol.st_value);
        Named {
            lines,
            functions,
            strings,
        }
    }

    /// By the line tables, innermost first; nothing where they do not have it, or are
    /// those of the standard library.
    fn inlined(&mut self, address: u64) -> Vec<Place> {
        let Some(lines) = &mut self.lines else {
            return Vec::new();
        };
        if lines.are_of_std(address) {
            return Vec::new();
        }
        let Ok(mut frames) = lines.context.find_frames(address).skip_all_loads() else {
            return Vec::new();
        };
        let mut places = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let name = frame
                .function
                .and_then(|name| Some(name.raw_name().ok()?.into_owned()));
            let file = frame.location.as_ref().and_then(|place| place.file);
            places.push(Place {
                // The outermost is in the table of symbols too, by its full name.
                name: name.unwrap_or_default(),
                file: file.map(str::to_owned),
                line: frame.location.and_then(|place| place.line),
            });
        }
        if let Some(outer) = places.last_mut()
            && let Some(name) = self.function(address)
        {
            outer.name = name;
        }
        places.retain(|place| !place.name.is_empty());
        places
    }

    /// By the table of symbols.
    fn function(&self, address: u64) -> Option<String> {
        let after = self
            .functions
            .partition_point(|symbol| symbol.st_value <= address);
        let symbol = self.functions[..after].last()?;
        // Assembly does not say how long it is.
        if symbol.st_size > 0 && address - symbol.st_value >= symbol.st_size {
            return None;
        }
        let rest = self.strings.get(symbol.st_name as usize..)?;
        let name = rest.split(|byte| *byte == 0).next()?;
        Some(String::from_utf8_lossy(name).into_owned())
    }
}

/// The line tables of an image.
struct Lines<'a> {
    context: Context<Bytes<'a>>,
    dwarf: Arc<gimli::Dwarf<Bytes<'a>>>,
    /// The first addresses of stretches of code, the addresses behind them, and the units
    /// they are of.
    units: Vec<(u64, u64, gimli::DebugInfoOffset)>,
    /// Whether a unit that was asked for is of the standard library.
    are_of_std: HashMap<gimli::DebugInfoOffset, bool>,
}

impl<'a> Lines<'a> {
    fn of(dwarf: gimli::Dwarf<Bytes<'a>>) -> Option<Lines<'a>> {
        let mut units = Vec::new();
        let mut headers = dwarf.debug_aranges.headers();
        while let Ok(Some(header)) = headers.next() {
            let mut entries = header.entries();
            while let Ok(Some(entry)) = entries.next() {
                let range = entry.range();
                units.push((range.begin, range.end, header.debug_info_offset()));
            }
        }
        units.sort_unstable_by_key(|(start, ..)| *start);
        let dwarf = Arc::new(dwarf);
        let context = Context::from_arc_dwarf(Arc::clone(&dwarf)).ok()?;
        Some(Lines {
            context,
            dwarf,
            units,
            are_of_std: HashMap::new(),
        })
    }

    /// Whether the code at an address was compiled with the standard library, and not with
    /// the crate that uses it. Its units are the largest of all, and what they name beside
    /// the functions in the table of symbols is shown nowhere.
    fn are_of_std(&mut self, address: u64) -> bool {
        let after = self.units.partition_point(|(start, ..)| *start <= address);
        let Some((_, end, unit)) = after.checked_sub(1).map(|place| self.units[place]) else {
            return false;
        };
        let known = self.are_of_std.entry(unit);
        address < end
            && *known.or_insert_with(|| {
                self.dwarf
                    .debug_info
                    .header_from_offset(unit)
                    .and_then(|header| self.dwarf.unit(header))
                    .is_ok_and(|unit| {
                        unit.comp_dir.is_some_and(|folder| {
                            ["/rustc/", "/rust/deps/"]
                                .iter()
                                .any(|of| folder.slice().starts_with(of.as_bytes()))
                        })
                    })
            })
    }
}

fn unknown(function: String) -> Frame {
    Frame {
        function,
        file: None,
        line: None,
        inlined: false,
        origin: Origin::System,
    }
}

/// The last function that is asynchronous, or holds what is, to begin in a source before
/// a line ends.
fn async_function(source: &str, line: u32) -> Option<&str> {
    let before: Vec<&str> = source.lines().take(line as usize).collect();
    before.into_iter().rev().find_map(begins)
}

/// The name of the function that begins in a line.
fn begins(line: &str) -> Option<&str> {
    let (before, rest) = line.trim_start().split_once("fn ")?;
    let is_sign = |word: &str| {
        ["async", "const", "unsafe", "extern"].contains(&word) || word.starts_with("pub")
    };
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    (end > 0 && before.split_whitespace().all(is_sign)).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_an_async_function_has_the_name_in_the_source() {
        let source = "mod a {\n    /// An async fn of theirs.\n    pub(crate) async fn load<T>(\n        of: T,\n    ) {\n        of.await\n    }\n}\nfn other() {}\n";
        let names = [2, 3, 6, 9].map(|line| async_function(source, line));
        assert_eq!(names, [None, Some("load"), Some("load"), Some("other")]);
    }
}
