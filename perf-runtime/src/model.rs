//! What is measured: a case, its function, its parameters and its plan.

pub(crate) mod figure;
pub(crate) mod coded;
pub(crate) mod unmeasured;
pub(crate) mod problem;
pub(crate) mod misuse;
pub(crate) mod note;
pub(crate) mod sample;
pub(crate) mod subject;
pub(crate) mod params;
pub(crate) mod runtime;
pub(crate) mod case;
pub(crate) mod plan;
