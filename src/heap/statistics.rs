//! What a heap can say about itself.

use std::time::Duration;

/// The figures of a heap at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of the slots of all objects that were not freed: what the last collection left and what was allocated since.
    pub allocated_bytes: usize,
    /// The number of these objects.
    pub allocated_objects: usize,
    /// Bytes of the slots of the objects that the last collection found alive.
    pub live_bytes: usize,
    /// The number of these objects.
    pub live_objects: usize,
    /// The `allocated_bytes` at which the next collection is requested; `usize::MAX` for never.
    pub goal_bytes: usize,
    /// Bytes of address space that the heap has made usable.
    pub committed_bytes: usize,
    /// Bytes of it that lie in no span and may still be backed by physical memory.
    pub free_bytes: usize,
    /// Bytes of address space that the heap reserved.
    pub reserved_bytes: usize,
    /// The number of collections so far.
    pub collections: u64,
    /// Bytes of slots freed by all of them.
    pub freed_bytes: u64,
    /// Bytes of slots allocated since the heap was made.
    pub total_allocated_bytes: u64,
    /// The time spent in all collections.
    pub pause_total: Duration,
    /// The time spent in the longest one.
    pub pause_max: Duration,
    /// The number of objects with at least one pin.
    pub pinned_objects: usize,
    /// The number of spans in use of each size class; those of large objects first.
    pub spans_by_class: Vec<usize>,
}

/// A span as seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanFigures {
    /// Bytes of a slot; of a large object all of its pages.
    pub slot_size: usize,
    /// The number of slots.
    pub slots: usize,
    /// The number of slots with an object that was not freed.
    pub allocated: usize,
    /// The number of objects with a pin.
    pub pinned: usize,
    /// It holds one large object.
    pub is_large: bool,
    /// Its objects hold no references.
    pub noscan: bool,
}
