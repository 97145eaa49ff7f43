//! What a run checks of pointers that go to C, and what it does about pins that were forgotten.

/// Which pointers are checked on their way to C. Each level checks what those before it do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum PinChecks {
    /// None: arguments are kept alive during their call, and that is all.
    Off,
    /// What the arguments of a call lead to, and what callbacks return.
    Arguments,
    /// Stores of pointers into memory where the collector does not look, too.
    #[default]
    All,
    /// And pointers that stay in C's memory after their call or their pin.
    Strict,
}

/// What becomes of a pinner that is collected while it holds pins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PinLeaks {
    #[default]
    Fatal,
    Warn,
}

/// The settings of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PinPolicy {
    pub checks: PinChecks,
    pub leaks: PinLeaks,
}

impl PinPolicy {
    /// Whether what arguments lead to is searched.
    #[inline(always)]
    pub fn checks_arguments(self) -> bool {
        self.checks >= PinChecks::Arguments
    }

    /// Whether stores of pointers are checked.
    #[inline(always)]
    pub fn checks_stores(self) -> bool {
        self.checks >= PinChecks::All
    }
}
