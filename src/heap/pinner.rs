//! Pins that go together, for Rust code: what `Pinner` is to scripts.

use super::pin::Pins;

/// Pins that a pinner holds without memory of its own.
const FEW: usize = 5;

/// Holds pins until [`Self::unpin`], or until it is dropped. Any thread may have one; its objects may be pinned by others as well.
///
/// It asks for memory only for what it holds beyond five pins, and keeps that for the next time.
pub struct Pinner<'a> {
    pins: &'a Pins,
    count: usize,
    few: [usize; FEW],
    more: Vec<usize>,
}

impl<'a> Pinner<'a> {
    /// A pinner that holds nothing.
    #[inline]
    pub fn new(pins: &'a Pins) -> Self {
        Self { pins, count: 0, few: [0; FEW], more: Vec::new() }
    }

    /// Pins the live object that `address` points into. Says whether there is one; the contract of [`Pins`] holds.
    #[inline]
    pub fn pin(&mut self, address: usize) -> bool {
        if self.pins.pin(address).is_none() {
            return false;
        }
        match self.few.get_mut(self.count) {
            Some(place) => *place = address,
            None => self.more.push(address),
        }
        self.count += 1;
        true
    }

    /// Takes off all pins that it holds. It can be used again.
    #[inline]
    pub fn unpin(&mut self) {
        for &address in &self.few[..self.count.min(FEW)] {
            self.pins.unpin(address);
        }
        for address in self.more.drain(..) {
            self.pins.unpin(address);
        }
        self.count = 0;
    }

    /// The number of pins that it holds.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl Drop for Pinner<'_> {
    #[inline]
    fn drop(&mut self) {
        self.unpin();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::heap;
    use super::super::{Address, Header};
    use super::*;

    #[test]
    fn a_pinner_takes_off_what_it_put_on_and_no_more() {
        let mut heap = heap();
        let objects: Vec<usize> = (0..20).map(|_| heap.allocate(24, Header::leaf(1, 0, 24)).payload() as usize).collect();
        let pins = heap.pins();
        let mut first = Pinner::new(&pins);
        let mut second = Pinner::new(&pins);
        for _ in 0..3 {
            for &object in &objects {
                assert!(first.pin(object) && second.pin(object + 3) && first.pin(object + 24));
            }
            assert_eq!((first.count(), second.count()), (40, 20));
            first.unpin();
            assert!(objects.iter().all(|&object| pins.pin_count(object) == 1));
            second.unpin();
            assert!(objects.iter().all(|&object| !pins.is_pinned(object)));
        }
        first.pin(objects[7]);
        drop(first);
        assert!(!pins.is_pinned(objects[7]));
        assert!(!second.pin(Address::new(8).unwrap().get()), "no object");
        assert_eq!(second.count(), 0);
    }
}
