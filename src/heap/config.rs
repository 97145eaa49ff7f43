//! What can be set when a heap is made.

/// The settings of a heap. All are run-time settings, so that the tested program is the shipped one.
#[derive(Clone, Debug)]
pub struct HeapConfig {
    /// Bytes of live objects above which requests are refused; see [`Heap::try_allocate`](super::Heap::try_allocate) for the rule.
    pub max_heap: usize,
    /// By how many percent the heap may grow over what the last collection left before the next one is requested.
    /// `None` requests none on account of growth.
    pub percent: Option<u32>,
    /// No collection is requested by the heap itself, unless `max_heap` or its address space is about to run out.
    pub off: bool,
    /// The interpreter requests a collection at every nth safepoint; 0 means that it does not. The heap only keeps the number.
    pub stress_every: u64,
    /// A collection is made in steps as small as can be, by the number of `stress_every` as well. With `verify`, the marks of each are
    /// compared with those of a second marking from the roots that is not interrupted.
    pub steps: bool,
    /// Walk all of the heap after each collection and end the program if something is not as it should be.
    pub verify: bool,
    /// Fill the slot of each freed object with [`POISON`](super::POISON), within the collection that freed it.
    pub poison: bool,
    /// Give each object pages of its own, never use them for another, and make them inaccessible once it was freed: whoever still
    /// follows a pointer to it faults.
    pub never_reuse: bool,
    /// The nth call of `try_allocate`, counted from 1, is refused; 0 means none.
    pub fail_nth: u64,
    /// Print one line to standard error for each collection.
    pub trace: bool,
    /// What a weak object's first payload word becomes when its target is freed.
    pub nil_bits: u64,
    /// Bytes of address space to reserve; where that fails, a quarter is tried, down to 16 MiB.
    pub reserve: usize,
}

impl Default for HeapConfig {
    fn default() -> Self {
        Self {
            max_heap: usize::MAX,
            percent: Some(100),
            off: false,
            stress_every: 0,
            steps: false,
            verify: false,
            poison: false,
            never_reuse: false,
            fail_nth: 0,
            trace: false,
            nil_bits: 0,
            reserve: 64 << 30,
        }
    }
}
