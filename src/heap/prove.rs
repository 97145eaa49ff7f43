//! The proof that marking in steps forgot nothing: a second marking from the roots, all at once and with marks of its own, made when
//! the first has come to its end. What only the second reaches would be freed while the program can still get at it.

use super::Heap;
use super::address::Address;
use super::bitmap::Bitmap;
#[cfg(not(test))]
use super::fatal;
use super::mark::Marker;
use super::size_class::{GRANULE, PAGE_SIZE, WORDS_PER_PAGE};

impl Heap {
    /// Ends the program if something is reachable from the roots and not marked.
    pub(super) fn prove_marks(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        if let Err(problem) = self.compare_marks(roots) {
            // A test that chooses its programs at random wants to make them smaller.
            #[cfg(test)]
            panic!("{problem}");
            #[cfg(not(test))]
            fatal(&format!("heap verifier: {problem}"));
        }
    }

    /// # Errors
    /// The first object that was forgotten, and what refers to it.
    pub(super) fn compare_marks(&mut self, roots: &mut dyn FnMut(&mut Marker)) -> Result<(), String> {
        let pages = self.pages.frontier();
        let mut table = vec![0u64; pages * WORDS_PER_PAGE];
        // SAFETY: objects are below the frontier only, and the table was just made.
        let mut second = unsafe { Marker::with_table(self.space.clone(), Bitmap::new(table.as_mut_ptr())) };
        second.aliases = std::mem::take(&mut self.marker.aliases);
        let mut first = std::mem::replace(&mut self.marker, second);
        self.mark_roots(roots);
        while self.marker.drain(&self.layouts, usize::MAX) == 0 {}
        std::mem::swap(&mut self.marker, &mut first);
        let mut second = first;
        self.marker.aliases = std::mem::take(&mut second.aliases);

        for page in 0..pages {
            // SAFETY: the page is committed, and nobody writes the marks meanwhile.
            let marks = unsafe { self.space.mark_bits().words(page * PAGE_SIZE, WORDS_PER_PAGE) };
            for (index, &mark) in marks.iter().enumerate() {
                let forgotten = table[page * WORDS_PER_PAGE + index] & !mark;
                if forgotten != 0 {
                    let granule = (page * WORDS_PER_PAGE + index) * 64 + forgotten.trailing_zeros() as usize;
                    let object = Address::new(self.space.base() + granule * GRANULE).expect("no object is at address 0");
                    return Err(self.describe_forgotten(object, &table));
                }
            }
        }
        Ok(())
    }

    /// Says which object was forgotten, and by which others.
    fn describe_forgotten(&mut self, object: Address, reached: &[u64]) -> String {
        let mut objects = Vec::new();
        self.for_each_object(&mut |found| objects.push(found.address));
        let name = |object: Address| {
            // SAFETY: a live object has a header.
            let header = unsafe { object.header() };
            format!("{object:?} (kind {}, {:?}, type {})", header.kind, header.shape, header.type_id)
        };
        let mut text = format!("marking in steps forgot the object at {}", name(object));
        let reached = |object: Address, base: usize| {
            let granule = (object.get() - base) / GRANULE;
            reached[granule / 64] >> (granule % 64) & 1 != 0
        };
        let base = self.space.base();
        let marks = self.marks_of(&objects);
        self.forget_marks();
        for (&holder, was_marked) in objects.iter().zip(marks) {
            let mut refers = false;
            if reached(holder, base) {
                self.for_each_reference(holder, &mut |target| refers |= target == object);
            }
            if refers {
                let marked = if was_marked { "marked" } else { "unmarked" };
                text.push_str(&format!("; the {marked} object at {} refers to it", name(holder)));
            }
        }
        text
    }

    fn marks_of(&self, objects: &[Address]) -> Vec<bool> {
        objects.iter().map(|&object| self.marker.is_marked(object)).collect()
    }
}
