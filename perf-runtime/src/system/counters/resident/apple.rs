//! Apple's systems say the highest peak of the process's life, and never forget it.

use super::Resident;

/// The peak cannot be reset.
pub(crate) fn reset() -> bool {
    false
}

/// Reads the peak of the process's life, in the place of what is resident too.
///
/// # Errors
/// If the system does not say.
pub(crate) fn read() -> Result<Resident, String> {
    let (faults, peak_bytes) = super::usage().ok_or("the system does not say what is resident")?;
    Ok(Resident {
        now_bytes: peak_bytes,
        peak_bytes,
        faults,
    })
}
