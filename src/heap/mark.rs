//! placeholder head, replaced by the next commit of this branch
use super::address::Address;

/// Collects what is reachable; given to the callback that names the roots, and to trace functions.
pub struct Marker {
    _private: (),
}

impl Marker {
    /// Marks the object that `word` refers to, if it refers to one: a reference word, or an address anywhere in a live object.
    #[inline]
    pub fn mark_word(&mut self, _word: u64) {
        todo!()
    }

    /// [`Self::mark_word`] for each of `words`.
    pub fn mark_words(&mut self, _words: &[u64]) {
        todo!()
    }

    /// Marks the object at `address`, which must be a live one's.
    pub fn mark_object(&mut self, _address: Address) {
        todo!()
    }
}
