//! Aliases: addresses outside of the space that stand for an object, as the code of a callback does for the callback.
//!
//! A word of C-layout memory that holds an alias keeps its object alive. An alias goes with its object.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::address::Address;

/// A hash of addresses that nobody chooses: every callback from C looks one up.
#[derive(Debug, Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(byte as usize);
        }
    }

    #[inline(always)]
    fn write_usize(&mut self, address: usize) {
        let product = (self.0 ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Code is aligned: the low bits of the product are zero.
        self.0 = product ^ (product >> 32);
    }

    #[inline(always)]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// The aliases of a heap.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    objects: HashMap<usize, Address, BuildHasherDefault<AddressHasher>>,
    /// All aliases lie from here…
    low: usize,
    /// …for so many bytes, so that most words need no look at the table.
    size: usize,
}

impl Aliases {
    #[inline(always)]
    pub(super) fn find(&self, address: usize) -> Option<Address> {
        if address.wrapping_sub(self.low) >= self.size { None } else { self.objects.get(&address).copied() }
    }

    pub(super) fn set(&mut self, alias: usize, object: Address) {
        if self.size == 0 {
            (self.low, self.size) = (alias, 1);
        }
        let end = (self.low + self.size).max(alias + 1);
        self.low = self.low.min(alias);
        self.size = end - self.low;
        self.objects.insert(alias, object);
    }

    pub(super) fn clear(&mut self, alias: usize) {
        self.objects.remove(&alias);
    }

    pub(super) fn retain(&mut self, is_alive: impl Fn(Address) -> bool) {
        self.objects.retain(|_, object| is_alive(*object));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_found_until_they_are_cleared() {
        let mut aliases = Aliases::default();
        let object = Address::new(0x1000).unwrap();
        assert_eq!(aliases.find(0), None);
        for alias in [5000, 100, 9000] {
            aliases.set(alias, object);
        }
        assert_eq!([100, 5000, 9000].map(|alias| aliases.find(alias)), [Some(object); 3]);
        assert_eq!([99, 101, 9001].map(|alias| aliases.find(alias)), [None; 3]);
        aliases.clear(5000);
        assert_eq!(aliases.find(5000), None);
        aliases.retain(|_| false);
        assert_eq!(aliases.find(100), None);
    }
}
