//! The program and the libraries that a process has mapped.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{self, Cursor};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use elf::ElfStream;
use elf::abi::{PF_X, PT_LOAD, SHF_COMPRESSED, SHT_NOBITS};
use elf::endian::LittleEndian;
use elf::section::SectionHeader;
use elf::segment::ProgramHeader;

use crate::model::callgrind;

/// What stands in the place of the path of the code that the kernel maps.
const VDSO: &str = "[vdso]";

/// Everything executable that a process has mapped from files, and the vdso.
#[derive(Default)]
pub(crate) struct Images {
    /// In the order of addresses.
    all: Vec<Image>,
    /// The path of the program.
    program: Option<String>,
    /// Files that are mapped so and are no programs.
    refused: Vec<String>,
    /// What can be written, among it the stacks, in the order of addresses.
    pub(super) writable: Vec<Range<u64>>,
}

/// One program or library.
pub(super) struct Image {
    pub(super) path: String,
    /// The addresses in the process, from first to last.
    pub(super) range: Range<u64>,
    /// The difference between an address in the process and one in the file.
    pub(super) bias: u64,
    sections: Vec<Section>,
    file: Source,
}

/// Where an image is read from.
enum Source {
    File(File),
    /// What is in memory alone.
    Memory(Vec<u8>),
}

/// A section of an image.
pub(super) struct Section {
    name: String,
    header: SectionHeader,
    data: OnceCell<Vec<u8>>,
}

/// A line of `/proc/PID/maps`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mapping<'t> {
    range: Range<u64>,
    is_writable: bool,
    is_executable: bool,
    offset: u64,
    path: &'t str,
}

impl Images {
    /// Reads what a process has mapped by now. What it has unmapped stays known.
    ///
    /// # Errors
    /// If the system does not say.
    pub(super) fn update(&mut self, process: u32) -> io::Result<()> {
        let text = fs::read_to_string(format!("/proc/{process}/maps"))?;
        let program = fs::read_link(format!("/proc/{process}/exe")).ok();
        self.program = program.map(|path| path.to_string_lossy().into_owned());
        let mappings: Vec<Mapping<'_>> = text.lines().filter_map(mapping).collect();
        let writable = mappings.iter().filter(|mapping| mapping.is_writable);
        self.writable = writable.map(|mapping| mapping.range.clone()).collect();
        let named = |mapping: &&Mapping<'_>| mapping.path.starts_with('/') || mapping.path == VDSO;
        for code in mappings
            .iter()
            .filter(|mapping| mapping.is_executable)
            .filter(named)
        {
            let is_known = |image: &Image| image.range.contains(&code.range.start);
            if self.all.iter().any(is_known) || self.refused.iter().any(|path| path == code.path) {
                continue;
            }
            // The mappings of a file lie behind each other.
            let same = mappings.iter().filter(|mapping| mapping.path == code.path);
            let range = same.fold(code.range.clone(), |all, mapping| {
                all.start.min(mapping.range.start)..all.end.max(mapping.range.end)
            });
            match image(process, code, range) {
                Some(image) => self.all.push(image),
                None => self.refused.push(code.path.to_owned()),
            }
        }
        self.all.sort_by_key(|image| image.range.start);
        Ok(())
    }

    /// Programs and libraries on disk, by the paths in a dump of callgrind: their addresses
    /// are those of the dump.
    ///
    /// # Errors
    /// If the program cannot be read, which has most of the names.
    pub(crate) fn of_dump(objects: &[String], program: &Path) -> Result<Images, String> {
        let program = fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
        let mut images = Images {
            program: Some(program.to_string_lossy().into_owned()),
            ..Images::default()
        };
        for (place, path) in objects.iter().enumerate().skip(1) {
            match on_disk(path, callgrind::base(place)..callgrind::base(place + 1)) {
                Some(image) => images.all.push(image),
                None => images.refused.push(path.clone()),
            }
        }
        let has_program = images.all.iter().any(|image| images.is_program(image));
        has_program.then_some(images).ok_or_else(|| {
            format!(
                "{}: its names cannot be read, or callgrind saw another program: {}",
                program.display(),
                objects.join(" ")
            )
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Image> {
        self.all.iter()
    }

    /// The place of the image that has an address, and the image.
    pub(super) fn of(&self, address: u64) -> Option<(usize, &Image)> {
        let after = self
            .all
            .partition_point(|image| image.range.start <= address);
        let place = after.checked_sub(1)?;
        let image = &self.all[place];
        image.range.contains(&address).then_some((place, image))
    }

    /// Whether an image is the program, and not a library.
    pub(super) fn is_program(&self, image: &Image) -> bool {
        self.program.as_deref() == Some(&*image.path)
    }

    /// Where the memory ends in which a stack is.
    pub(super) fn end_of_stack(&self, stack_pointer: u64) -> Option<u64> {
        let after = self
            .writable
            .partition_point(|range| range.start <= stack_pointer);
        let range = &self.writable[after.checked_sub(1)?];
        range.contains(&stack_pointer).then_some(range.end)
    }
}

impl Image {
    /// The name of the file.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// A section, where there is one and it is not compressed: its addresses in the
    /// file, and its bytes, which are read once.
    pub(super) fn section(&self, name: &str) -> Option<(Range<u64>, &[u8])> {
        let section = self.sections.iter().find(|section| section.name == name)?;
        let header = &section.header;
        if header.sh_flags & u64::from(SHF_COMPRESSED) != 0 || header.sh_type == SHT_NOBITS {
            return None;
        }
        // A file that cannot be read has no names.
        let read = || {
            self.file
                .read(header.sh_offset, header.sh_size)
                .unwrap_or_default()
        };
        let data = section.data.get_or_init(read);
        Some((
            header.sh_addr..header.sh_addr.checked_add(header.sh_size)?,
            data,
        ))
    }
}

impl Source {
    fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let too_long = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let end = offset.checked_add(length).ok_or_else(too_long)?;
        match self {
            Source::File(file) if end <= file.metadata()?.len() => {
                let mut bytes = vec![0; usize::try_from(length).map_err(|_| too_long())?];
                file.read_exact_at(&mut bytes, offset)?;
                Ok(bytes)
            }
            Source::Memory(bytes) if end <= bytes.len() as u64 => {
                Ok(bytes[offset as usize..end as usize].to_vec())
            }
            Source::File(_) | Source::Memory(_) => Err(too_long()),
        }
    }

    /// The segments and the sections of an ELF file.
    fn headers(&self) -> Option<(Vec<ProgramHeader>, Vec<Section>)> {
        match self {
            Source::File(file) => headers(file),
            Source::Memory(bytes) => headers(Cursor::new(bytes)),
        }
    }
}

fn headers(file: impl io::Read + io::Seek) -> Option<(Vec<ProgramHeader>, Vec<Section>)> {
    let mut elf = ElfStream::<LittleEndian, _>::open_stream(file).ok()?;
    let (sections, names) = elf.section_headers_with_strtab().ok()?;
    let sections = sections.clone();
    let name = |section: &SectionHeader| names?.get(section.sh_name as usize).ok();
    let sections = (sections.iter())
        .filter_map(|header| {
            Some(Section {
                name: name(header)?.to_owned(),
                header: *header,
                data: OnceCell::new(),
            })
        })
        .collect();
    Some((elf.segments().clone(), sections))
}

fn image(process: u32, code: &Mapping<'_>, range: Range<u64>) -> Option<Image> {
    let file = if code.path == VDSO {
        let length = usize::try_from(range.end - range.start).ok()?;
        let mut bytes = vec![0; length];
        let memory = File::open(format!("/proc/{process}/mem")).ok()?;
        memory.read_exact_at(&mut bytes, range.start).ok()?;
        Source::Memory(bytes)
    } else {
        // A program that was built anew in the meantime is still this one there.
        let mapped = format!(
            "/proc/{process}/map_files/{:x}-{:x}",
            code.range.start, code.range.end
        );
        Source::File(
            File::open(mapped)
                .or_else(|_| open(process, code.path))
                .ok()?,
        )
    };
    let (segments, sections) = file.headers()?;
    let segment = segments.iter().find(|segment| {
        let file = segment.p_offset..segment.p_offset.saturating_add(segment.p_filesz);
        let page = code.offset
            ..code
                .offset
                .saturating_add(code.range.end - code.range.start);
        segment.p_type == PT_LOAD
            && segment.p_flags & PF_X != 0
            && file.start < page.end
            && page.start < file.end
    })?;
    let start = (code.range.start).wrapping_sub(code.offset);
    let bias = start
        .wrapping_add(segment.p_offset)
        .wrapping_sub(segment.p_vaddr);
    Some(Image {
        path: code.path.to_owned(),
        range,
        bias,
        sections,
        file,
    })
}

fn on_disk(path: &str, range: Range<u64>) -> Option<Image> {
    let file = Source::File(File::open(path).ok()?);
    let (_, sections) = file.headers()?;
    Some(Image {
        path: path.to_owned(),
        bias: range.start,
        range,
        sections,
        file,
    })
}

fn open(process: u32, path: &str) -> io::Result<File> {
    let program = format!("/proc/{process}/exe");
    match fs::read_link(&program) {
        Ok(target) if target.as_os_str() == path => File::open(program),
        _ => File::open(path),
    }
}

/// `55d0-55d4 r-xp 00001000 fd:00 1234   /usr/bin/program`
fn mapping(line: &str) -> Option<Mapping<'_>> {
    let mut words = line.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    let rights = words.next()?.as_bytes();
    let offset = words.next()?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    Some(Mapping {
        range: number(start)?..number(end)?,
        is_writable: rights.get(1) == Some(&b'w'),
        is_executable: rights.get(2) == Some(&b'x'),
        offset: number(offset)?,
        path: words.nth(2).unwrap_or_default().trim_start(),
    })
}
