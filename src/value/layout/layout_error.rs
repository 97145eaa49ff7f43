//! Why a type cannot be laid out.

/// A mistake in a declaration. The linker of units knows the places of records and fields and reports it as a `SyntaxError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutError {
    /// The record, by its number in what was given to be linked.
    pub record: usize,
    /// The field (or enum member) that the error is about; `None` for the record as a whole.
    pub field: Option<usize>,
    pub message: String,
}

impl LayoutError {
    pub fn new(message: impl Into<String>) -> LayoutError {
        LayoutError { record: 0, field: None, message: message.into() }
    }

    pub fn at(field: usize, message: impl Into<String>) -> LayoutError {
        LayoutError { record: 0, field: Some(field), message: message.into() }
    }

    pub fn in_record(mut self, record: usize) -> LayoutError {
        self.record = record;
        self
    }

    pub fn in_field(mut self, field: usize) -> LayoutError {
        self.field = Some(field);
        self
    }
}
