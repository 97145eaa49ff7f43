//! Address space from the operating system: reserve, make usable, give back.

use std::ptr;

/// Reserves `bytes` of address space that may not be touched yet. `None` when there is no such stretch.
pub(super) fn reserve(bytes: usize) -> Option<*mut u8> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping at an address of the system's choice touches nothing that exists.
    let address = unsafe { libc::mmap(ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
    (address != libc::MAP_FAILED).then_some(address.cast())
}

/// Gives a whole reservation back.
///
/// # Safety
/// `address` and `bytes` are those of a reservation, and nothing in it is used any more.
pub(super) unsafe fn unreserve(address: *mut u8, bytes: usize) {
    // SAFETY: by this function's contract.
    unsafe { libc::munmap(address.cast(), bytes) };
}

/// Makes a stretch of a reservation readable and writable; its bytes are zero. Says whether that could be done.
///
/// # Safety
/// The stretch lies in a reservation, and begins and ends at a page boundary of the system.
pub(super) unsafe fn commit(address: *mut u8, bytes: usize) -> bool {
    // SAFETY: by this function's contract the stretch is ours.
    unsafe { libc::mprotect(address.cast(), bytes, libc::PROT_READ | libc::PROT_WRITE) == 0 }
}

/// Makes a stretch of a reservation inaccessible: whoever touches it faults. Says whether that could be done.
///
/// # Safety
/// The stretch lies in a reservation, begins and ends at a page boundary of the system, and nothing in it is used any more.
pub(super) unsafe fn fence(address: *mut u8, bytes: usize) -> bool {
    // SAFETY: by this function's contract the stretch is ours.
    unsafe { libc::mprotect(address.cast(), bytes, libc::PROT_NONE) == 0 }
}

/// Whether the byte at an address can be read: the system is asked to copy it. For tests.
#[cfg(test)]
pub(super) fn is_accessible(address: usize) -> bool {
    let mut ends = [0; 2];
    // SAFETY: `write` reads the byte or says that it cannot; the ends of the pipe are this function's.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        let written = libc::write(ends[1], address as *const libc::c_void, 1);
        ends.iter().for_each(|&end| assert_eq!(libc::close(end), 0));
        written == 1
    }
}

/// Asks for large pages behind a stretch, which spares a large heap much address translation. Only a hint.
///
/// # Safety
/// The stretch lies in a reservation.
pub(super) unsafe fn prefer_huge_pages(address: *mut u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: by this function's contract; the advice changes no byte.
    unsafe {
        libc::madvise(address.cast(), bytes, libc::MADV_HUGEPAGE);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (address, bytes);
}

/// Gives the memory behind a committed stretch back; its bytes are zero afterwards. Says whether that could be done.
///
/// # Safety
/// The stretch was committed, begins and ends at a page boundary of the system, and nothing in it is used any more.
pub(super) unsafe fn release(address: *mut u8, bytes: usize) -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: by this function's contract; private anonymous memory reads as zero after this advice.
    unsafe {
        libc::madvise(address.cast(), bytes, libc::MADV_DONTNEED) == 0
    }
    #[cfg(not(target_os = "linux"))]
    // SAFETY: by this function's contract; the new mapping takes the place of the old one.
    unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        libc::mmap(address.cast(), bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) != libc::MAP_FAILED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_memory_is_zero_again() {
        let bytes = 1 << 16;
        let address = reserve(bytes).expect("address space");
        // SAFETY: the stretch was just reserved, and is committed before it is touched.
        unsafe {
            assert!(commit(address, bytes));
            address.write(7);
            address.add(bytes - 1).write(9);
            assert!(release(address, bytes));
            assert_eq!((address.read(), address.add(bytes - 1).read()), (0, 0));
            unreserve(address, bytes);
        }
    }

    #[test]
    fn what_cannot_be_reserved_is_refused() {
        assert_eq!(reserve(1 << 62), None);
    }
}
