//! When to collect: the heap may grow by a percentage of what the last collection left. And when to go on with a collection that is
//! made in steps: so often that it ends after an eighth of that growth more.

/// The heap may always grow by this many bytes: a collection takes some time even where nothing lives. With more, a program that makes
/// garbage only would hold more memory and no longer find it in the processor's caches; with less, there would be too many collections.
pub(super) const MINIMUM_GROWTH: usize = 256 << 10;

/// Counts bytes and says when they are enough. All bytes count alike.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// By how many percent the heap may grow; `None` for without bound.
    percent: Option<u32>,
    /// Bytes of live objects that are too many.
    max_heap: usize,
    /// Nothing is requested on account of growth; `max_heap` still holds.
    off: bool,
    /// Bytes of the slots that the last collection left.
    live: usize,
    /// Bytes of the slots allocated since.
    since: usize,
    /// The sum of both at which a collection is due.
    goal: usize,
    /// The sum at which something has to be done: the goal, or the next step of a collection.
    due: usize,
}

/// A collection in steps may let the program allocate this part of the growth until it ends.
const STEPS_SHARE: usize = 8;

/// The least that is allocated between two steps.
const MINIMUM_INTERVAL: usize = 64 << 10;

impl Pace {
    pub(super) fn new(percent: Option<u32>, max_heap: usize, off: bool) -> Self {
        let mut pace = Self { percent, max_heap, off, live: 0, since: 0, goal: 0, due: 0 };
        pace.set_goal();
        pace
    }

    /// Bytes of the slots that the last collection left.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// Bytes of the slots that were not freed.
    pub(super) fn allocated(&self) -> usize {
        self.live + self.since
    }

    /// Bytes allocated since the last collection.
    pub(super) fn since(&self) -> usize {
        self.since
    }

    /// See [`Stats::goal_bytes`](super::Stats::goal_bytes).
    pub(super) fn goal(&self) -> usize {
        self.goal
    }

    pub(super) fn max_heap(&self) -> usize {
        self.max_heap
    }

    /// Counts bytes that are going to be allocated; says whether a collection is due.
    #[inline]
    pub(super) fn charge(&mut self, bytes: usize) -> bool {
        self.since += bytes;
        self.live + self.since >= self.due
    }

    /// Lets the program allocate until the next step of a collection, of which there will be about so many.
    pub(super) fn step(&mut self, steps: usize) {
        let growth = self.goal.saturating_sub(self.live).min(self.live.max(MINIMUM_GROWTH));
        let interval = (growth / STEPS_SHARE / steps.max(1)).max(MINIMUM_INTERVAL);
        self.due = self.allocated().saturating_add(interval);
    }

    /// Whether a collection that has begun must end now, however long that takes.
    pub(super) fn is_overdue(&self) -> bool {
        let allocated = self.allocated();
        allocated >= self.max_heap || allocated >= self.goal.saturating_add(self.goal.saturating_sub(self.live) / 2)
    }

    /// A collection that had begun is given up.
    pub(super) fn give_up(&mut self) {
        self.due = self.goal;
    }

    /// Takes bytes back that were charged and not allocated.
    pub(super) fn refund(&mut self, bytes: usize) {
        self.since -= bytes;
    }

    /// Begins again after a collection that left `live` bytes.
    pub(super) fn collected(&mut self, live: usize) {
        self.live = live;
        self.since = 0;
        self.set_goal();
    }

    pub(super) fn set_percent(&mut self, percent: Option<u32>) -> Option<u32> {
        let old = std::mem::replace(&mut self.percent, percent);
        self.set_goal();
        old
    }

    pub(super) fn set_max_heap(&mut self, bytes: usize) -> usize {
        let old = std::mem::replace(&mut self.max_heap, bytes);
        self.set_goal();
        old
    }

    fn set_goal(&mut self) {
        let growth = match self.percent {
            Some(percent) => (self.live as u128 * percent as u128 / 100).min(usize::MAX as u128) as usize,
            None => usize::MAX,
        };
        let wanted = if self.off { usize::MAX } else { self.live.saturating_add(growth.max(MINIMUM_GROWTH)) };
        // Close to the limit or above it there is little room to grow into; some has to be left, or every safepoint would collect.
        let bound = self.max_heap.max(self.live.saturating_add((self.live / 16).max(64 << 10)));
        self.goal = wanted.min(bound);
        self.due = self.goal;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_heap_grows_by_the_minimum() {
        let mut pace = Pace::new(Some(100), usize::MAX, false);
        assert!(!pace.charge(MINIMUM_GROWTH - 1));
        assert!(pace.charge(1));
        pace.collected(MINIMUM_GROWTH / 4);
        assert_eq!(pace.goal(), MINIMUM_GROWTH / 4 + MINIMUM_GROWTH);
    }

    #[test]
    fn the_goal_is_a_percentage_above_what_lives() {
        let mut pace = Pace::new(Some(50), usize::MAX, false);
        pace.collected(100 << 20);
        assert_eq!(pace.goal(), 150 << 20);
        assert_eq!(pace.set_percent(Some(200)), Some(50));
        assert_eq!(pace.goal(), 300 << 20);
        pace.set_percent(None);
        assert_eq!(pace.goal(), usize::MAX);
    }

    #[test]
    fn the_goal_stays_below_the_limit_until_what_lives_does_not() {
        let mut pace = Pace::new(Some(100), 64 << 20, false);
        pace.collected(40 << 20);
        assert_eq!(pace.goal(), 64 << 20);
        pace.collected(64 << 20);
        assert_eq!(pace.goal(), 68 << 20);
        pace.collected(80 << 20);
        assert_eq!(pace.goal(), 85 << 20);
    }

    #[test]
    fn off_knows_the_limit_only() {
        let mut pace = Pace::new(Some(100), usize::MAX, true);
        assert!(!pace.charge(1 << 30));
        assert_eq!(pace.goal(), usize::MAX);
        let mut pace = Pace::new(Some(100), 1 << 30, true);
        assert!(!pace.charge((1 << 30) - 1));
        assert!(pace.charge(1));
    }

    #[test]
    fn a_refund_undoes_a_charge() {
        let mut pace = Pace::new(Some(100), usize::MAX, false);
        pace.charge(8192);
        pace.refund(8000);
        assert_eq!((pace.allocated(), pace.since()), (192, 192));
    }
}
