//! Systems on which no sampler is written.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::path::Path;

use super::{Options, Owners, Sampled};
use crate::model::profile::Frame;

/// A process that is sampled.
pub(crate) struct Sampler(Infallible);

/// The names of the code of a process.
pub(crate) struct Symbols<'a>(Infallible, PhantomData<&'a ()>);

/// What a process has mapped.
pub(crate) struct Images(Infallible);

impl Images {
    pub(crate) fn of_dump(_: &[String], _: &Path) -> Result<Images, String> {
        Err(unsupported())
    }
}

fn unsupported() -> String {
    format!(
        "profiles are taken on Linux, on x86_64 and aarch64, and this is {} on {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

impl Sampler {
    pub(crate) fn attach(_: u32, _: Options) -> Result<Sampler, String> {
        Err(unsupported())
    }

    pub(crate) fn is_finished(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn detach(self) -> Sampled {
        match self.0 {}
    }
}

impl Symbols<'_> {
    pub(crate) fn new(images: &Images, _: Owners) -> Symbols<'_> {
        match images.0 {}
    }

    pub(crate) fn annotated(&self) -> Vec<String> {
        match self.0 {}
    }

    pub(crate) fn unseen(&self) -> Option<String> {
        match self.0 {}
    }

    pub(crate) fn frames(&mut self, _: u64) -> &[Frame] {
        match self.0 {}
    }
}
