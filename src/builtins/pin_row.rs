//! The pins in force, with their places: for `gc.pins`, the heap's page and the REPL.

use crate::source::SourceRange;
use crate::value::{PinEntry, TypeId, Value};
use crate::vm::Vm;
use std::collections::HashMap;

/// A pin in force.
pub struct PinRow {
    pub type_value: Value,
    pub type_id: TypeId,
    /// Of the object, in bytes.
    pub size: usize,
    /// Where it was pinned; none if Rust code did it.
    pub place: Option<String>,
    /// The place in the source, [`SourceRange::NOWHERE`] if Rust code did it.
    pub range: SourceRange,
}

/// The pins in force, in the order of the places where they were made.
pub fn pin_rows(vm: &mut Vm) -> Vec<PinRow> {
    let mut entries: Vec<PinEntry> = Vec::new();
    for pinner in vm.runtime.pinners.holding() {
        entries.extend(vm.runtime.pin_entries(pinner));
    }
    entries.sort_by_key(|entry| (entry.start, entry.end));
    // Pins that no pinner holds: those that Rust code made.
    let mut of_pinners: HashMap<usize, u64> = HashMap::new();
    for entry in &entries {
        *of_pinners.entry(entry.object).or_default() += 1;
    }
    let heap = &vm.runtime.heap;
    heap.for_each_pinned(&mut |address| {
        let object = address.payload() as usize;
        for _ in of_pinners.get(&object).copied().unwrap_or(0)..heap.pin_count(object) {
            entries.push(PinEntry { object, start: 0, end: 0 });
        }
    });
    let row = |entry: PinEntry| {
        let (_, type_id, size) = vm.runtime.pinned_object(entry.object)?;
        let range = SourceRange::new(entry.start, entry.end);
        let place = if range.is_nowhere() { None } else { Some(vm.sources.borrow().place(range)) };
        Some(PinRow { type_value: vm.runtime.type_value(type_id), type_id, size, place, range })
    };
    entries.into_iter().filter_map(row).collect()
}
