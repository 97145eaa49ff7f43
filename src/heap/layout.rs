//! Where the references in an object are: pointer maps and trace functions, registered by those who define types and kinds.

use super::address::Address;
use super::mark::Marker;

/// The byte offsets of the words in a payload that may be references.
///
/// ```text
///   payload   ┌──────────────────┬───────────┬───────────┬───────────┬── …  up to `meta` bytes
///             │      prefix      │  element  │  element  │  element  │
///             └──────────────────┴───────────┴───────────┴───────────┴── …
/// ```
///
/// The prefix stands once, the element as often as it fits. A struct value and an array of structs have no prefix; a struct with a
/// flexible array member has its fixed part as prefix and the member's element behind it. Offsets count from the start of the
/// prefix or of the element, and need no alignment: packed structs have pointers at odd ones. A word that would end behind the
/// payload is not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerMap {
    /// Bytes of the prefix.
    prefix_size: usize,
    /// Offsets of the words in the prefix, ascending.
    prefix: Box<[u32]>,
    /// Bytes of one element; 0 when nothing follows the prefix.
    element_size: usize,
    /// Offsets of the words in an element, ascending.
    element: Box<[u32]>,
    /// Whether others than the language may write the words.
    is_foreign: bool,
}

impl PointerMap {
    /// The map of a payload that is `element_size` bytes of one type, over and over, with words at `offsets` in each.
    pub fn repeated(element_size: usize, offsets: &[u32]) -> Self {
        Self::with_tail(0, &[], element_size, offsets)
    }

    /// The map of a payload that is `prefix_size` bytes with words at `prefix`, and then elements of `element_size` bytes
    /// with words at `element`.
    pub fn with_tail(prefix_size: usize, prefix: &[u32], element_size: usize, element: &[u32]) -> Self {
        let sorted = |offsets: &[u32]| {
            let mut offsets = offsets.to_vec();
            offsets.sort_unstable();
            offsets.dedup();
            offsets.into_boxed_slice()
        };
        Self { prefix_size, prefix: sorted(prefix), element_size, element: sorted(element), is_foreign: true }
    }

    /// The same map for payloads whose words are written by the language only, which tells the heap of each write. Objects with any
    /// other map are looked into once more at the end of marking, whoever wrote them.
    pub fn written_by_language(self) -> Self {
        Self { is_foreign: false, ..self }
    }

    #[inline(always)]
    pub(super) fn is_foreign(&self) -> bool {
        self.is_foreign
    }

    /// Whether no word of any payload with this map may be a reference; such objects should be [`Shape::Leaf`](super::Shape::Leaf).
    pub fn is_empty(&self) -> bool {
        self.prefix.is_empty() && self.element.is_empty()
    }

    /// Gives `visit` the offset of each word that lies within `length` bytes of payload, from the element that holds the offset
    /// `from` on, for about `budget` words. Returns the offset to go on from, or `None` when all was visited.
    #[inline]
    pub(super) fn for_each_offset(
        &self,
        length: usize,
        from: usize,
        budget: usize,
        mut visit: impl FnMut(usize),
    ) -> Option<usize> {
        if from == 0 {
            for &offset in &self.prefix {
                let offset = offset as usize;
                if offset + 8 <= length {
                    visit(offset);
                }
            }
        }
        if self.element.is_empty() || self.element_size == 0 {
            return None;
        }
        let mut start = from.max(self.prefix_size);
        let mut left = budget;
        while start < length {
            if left == 0 {
                return Some(start);
            }
            for &offset in &self.element {
                let offset = start + offset as usize;
                if offset + 8 <= length {
                    visit(offset);
                }
            }
            left = left.saturating_sub(self.element.len());
            start += self.element_size;
        }
        None
    }
}

/// Shows the marker all references of a custom object, by [`Marker::mark_word`] and its siblings.
///
/// # Safety
/// It is called with a live object of the kind it was registered for. It must not touch any other object, and not the heap.
pub type TraceFunction = unsafe fn(object: Address, marker: &mut Marker);

/// All pointer maps and trace functions of a heap.
pub(super) struct Layouts {
    /// The pointer maps by type number.
    maps: Vec<Option<Box<PointerMap>>>,
    /// The trace functions by kind.
    traces: [Option<TraceFunction>; 256],
}

impl Layouts {
    pub(super) fn new() -> Self {
        Self { maps: Vec::new(), traces: [None; 256] }
    }

    pub(super) fn register_map(&mut self, type_id: u32, map: PointerMap) {
        let index = type_id as usize;
        if index >= self.maps.len() {
            self.maps.resize_with(index + 1, || None);
        }
        self.maps[index] = Some(Box::new(map));
    }

    pub(super) fn register_trace(&mut self, kind: u8, trace: TraceFunction) {
        self.traces[kind as usize] = Some(trace);
    }

    #[inline]
    pub(super) fn map(&self, type_id: u32) -> Option<&PointerMap> {
        self.maps.get(type_id as usize)?.as_deref()
    }

    #[inline]
    pub(super) fn trace(&self, kind: u8) -> Option<TraceFunction> {
        self.traces[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(map: &PointerMap, length: usize, budget: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut from = Some(0);
        while let Some(start) = from {
            from = map.for_each_offset(length, start, budget, |offset| found.push(offset));
        }
        found
    }

    #[test]
    fn an_array_repeats_its_element() {
        let map = PointerMap::repeated(24, &[16, 0]);
        assert_eq!(offsets(&map, 72, 100), [0, 16, 24, 40, 48, 64]);
    }

    #[test]
    fn a_packed_element_has_words_at_odd_offsets() {
        let map = PointerMap::repeated(9, &[1]);
        assert_eq!(offsets(&map, 27, 100), [1, 10, 19]);
    }

    #[test]
    fn a_flexible_tail_follows_the_prefix() {
        let map = PointerMap::with_tail(16, &[8], 16, &[0]);
        assert_eq!(offsets(&map, 16, 100), [8]);
        assert_eq!(offsets(&map, 48, 100), [8, 16, 32]);
    }

    #[test]
    fn a_word_that_would_end_behind_the_payload_is_left_out() {
        let map = PointerMap::with_tail(16, &[0, 8], 16, &[0, 8]);
        assert_eq!(offsets(&map, 15, 100), [0]);
        assert_eq!(offsets(&map, 30, 100), [0, 8, 16]);
        assert_eq!(offsets(&map, 0, 100), [] as [usize; 0]);
    }

    #[test]
    fn pieces_give_the_same_offsets_as_the_whole() {
        let map = PointerMap::with_tail(20, &[4], 12, &[0, 4]);
        for length in 0..200 {
            let whole = offsets(&map, length, usize::MAX);
            for budget in 1..6 {
                assert_eq!(offsets(&map, length, budget), whole);
            }
        }
    }
}
