//! Machine code of our own for System V on x86-64: one way into every C function, and one way from C into every callback.
//!
//! A call fills all registers that arguments can be passed in, copies the words of the stack, and keeps all registers that results can
//! come in; which of them mean something is for `words.rs` to know. A variadic function is told how many registers for doubles count,
//! and all others do not look there.
//!
//! Code for callbacks is written into pages of *entrances*, which are writable only until then:
//!
//! ```text
//!   entrance:  r10 = address of its cell     cell:  what the entrance is for, never freed
//!              jump to `enter`
//! ```
//!
//! On other machines nothing of this is there, and libffi does all of it.

pub(super) use system_v::{Entrances, IS_AVAILABLE, call};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod system_v {
    use crate::ffi::callback::enter_by_words;
    use crate::ffi::words::{ArgumentRegisters, CallWords, ResultRegisters};
    use std::arch::naked_asm;
    use std::ffi::c_void;
    use std::sync::atomic::{AtomicPtr, Ordering};

    pub(in crate::ffi) const IS_AVAILABLE: bool = true;

    /// Calls the function at an address, and leaves its result in `results`. `doubles` says how many registers for doubles are used: 0 if their content does not matter, at
    /// least as many as are otherwise.
    ///
    /// # Safety
    /// The function takes the words where they stand, and gives its result in registers.
    #[inline(always)]
    pub(in crate::ffi) unsafe fn call(address: usize, words: &mut CallWords, doubles: u8, results: &mut ResultRegisters) {
        let registers = &raw const words.registers;
        let stack = words.stack();
        // SAFETY: the caller's promise; registers, stack words and room for the results are there.
        unsafe { call_function(address, registers, stack.as_ptr(), stack.len(), results, doubles as u64) };
    }

    #[unsafe(naked)]
    unsafe extern "C" fn call_function(
        address: usize,
        registers: *const ArgumentRegisters,
        stack: *const u64,
        stack_words: usize,
        results: *mut ResultRegisters,
        doubles: u64,
    ) {
        naked_asm!(
            ".cfi_startproc",
            "push rbp",
            ".cfi_def_cfa_offset 16",
            ".cfi_offset rbp, -16",
            "mov rbp, rsp",
            ".cfi_def_cfa_register rbp",
            "push rbx",
            ".cfi_offset rbx, -24",
            "sub rsp, 8",
            "mov rbx, r8",
            "mov r11, rdi",
            "mov r10, rsi",
            "mov eax, r9d",
            // The words of the stack, an even number of them.
            "test rcx, rcx",
            "jz 3f",
            "lea rsi, [rcx + 1]",
            "and rsi, -2",
            "shl rsi, 3",
            "sub rsp, rsi",
            "2:",
            "mov rsi, [rdx + rcx * 8 - 8]",
            "mov [rsp + rcx * 8 - 8], rsi",
            "dec rcx",
            "jnz 2b",
            "3:",
            "test eax, eax",
            "jz 4f",
            "movsd xmm0, [r10 + 48]",
            "movsd xmm1, [r10 + 56]",
            "movsd xmm2, [r10 + 64]",
            "movsd xmm3, [r10 + 72]",
            "movsd xmm4, [r10 + 80]",
            "movsd xmm5, [r10 + 88]",
            "movsd xmm6, [r10 + 96]",
            "movsd xmm7, [r10 + 104]",
            "4:",
            "mov rdi, [r10]",
            "mov rsi, [r10 + 8]",
            "mov rdx, [r10 + 16]",
            "mov rcx, [r10 + 24]",
            "mov r8, [r10 + 32]",
            "mov r9, [r10 + 40]",
            "call r11",
            "mov [rbx], rax",
            "mov [rbx + 8], rdx",
            "movsd [rbx + 16], xmm0",
            "movsd [rbx + 24], xmm1",
            "mov rbx, [rbp - 8]",
            "leave",
            ".cfi_def_cfa rsp, 8",
            "ret",
            ".cfi_endproc",
        )
    }

    /// What an entrance jumps to: keeps the arguments' registers, and gives C what [`enter_by_words`] leaves as results.
    #[unsafe(naked)]
    unsafe extern "C" fn enter() {
        naked_asm!(
            ".cfi_startproc",
            "push rbp",
            ".cfi_def_cfa_offset 16",
            ".cfi_offset rbp, -16",
            "mov rbp, rsp",
            ".cfi_def_cfa_register rbp",
            "sub rsp, 144",
            "mov [rsp], rdi",
            "mov [rsp + 8], rsi",
            "mov [rsp + 16], rdx",
            "mov [rsp + 24], rcx",
            "mov [rsp + 32], r8",
            "mov [rsp + 40], r9",
            "movsd [rsp + 48], xmm0",
            "movsd [rsp + 56], xmm1",
            "movsd [rsp + 64], xmm2",
            "movsd [rsp + 72], xmm3",
            "movsd [rsp + 80], xmm4",
            "movsd [rsp + 88], xmm5",
            "movsd [rsp + 96], xmm6",
            "movsd [rsp + 104], xmm7",
            "mov rdi, [r10]",
            "mov rsi, rsp",
            "lea rdx, [rbp + 16]",
            "lea rcx, [rsp + 112]",
            "call {serve}",
            "mov rax, [rsp + 112]",
            "mov rdx, [rsp + 120]",
            "movsd xmm0, [rsp + 128]",
            "movsd xmm1, [rsp + 136]",
            "leave",
            ".cfi_def_cfa rsp, 8",
            "ret",
            ".cfi_endproc",
            serve = sym enter_by_words,
        )
    }

    const PAGE: usize = 4096;
    const ENTRANCE: usize = 32;

    /// Pages of entrances, of which the last has free ones.
    #[derive(Debug, Default)]
    pub(in crate::ffi) struct Entrances {
        /// The next free entrance, and the end of its page; both 0 before the first.
        next: usize,
        end: usize,
        /// The cells of the page's free entrances.
        cells: &'static [AtomicPtr<c_void>],
    }

    impl Entrances {
        /// The address of code that enters with `what`, which is never freed; `None` if the system gives no memory for code.
        pub fn take(&mut self, what: *const c_void) -> Option<usize> {
            if self.next == self.end {
                self.add_page()?;
            }
            let (cell, rest) = self.cells.split_first()?;
            cell.store(what.cast_mut(), Ordering::Release);
            let code = self.next;
            self.next += ENTRANCE;
            self.cells = rest;
            Some(code)
        }

        fn add_page(&mut self) -> Option<()> {
            let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            // SAFETY: a new mapping touches no memory that exists.
            let page = unsafe { libc::mmap(std::ptr::null_mut(), PAGE, protection, flags, -1, 0) };
            if page == libc::MAP_FAILED {
                return None;
            }
            let cells: &'static [AtomicPtr<c_void>] = Vec::leak((0..PAGE / ENTRANCE).map(|_| AtomicPtr::default()).collect());
            for (i, cell) in cells.iter().enumerate() {
                let code = entrance(std::ptr::from_ref(cell) as usize, enter as *const () as usize);
                // SAFETY: the page has room for so many entrances, and is writable.
                unsafe { page.cast::<[u8; ENTRANCE]>().add(i).write(code) };
            }
            // SAFETY: the page is our own; from now on it is code.
            if unsafe { libc::mprotect(page, PAGE, libc::PROT_READ | libc::PROT_EXEC) } != 0 {
                // SAFETY: nobody knows of the page.
                unsafe { libc::munmap(page, PAGE) };
                return None;
            }
            (self.next, self.end, self.cells) = (page as usize, page as usize + PAGE, cells);
            Some(())
        }
    }

    /// `endbr64; mov r10, cell; mov r11, target; jmp r11`
    fn entrance(cell: usize, target: usize) -> [u8; ENTRANCE] {
        let mut code = [0xcc; ENTRANCE];
        code[..6].copy_from_slice(&[0xf3, 0x0f, 0x1e, 0xfa, 0x49, 0xba]);
        code[6..14].copy_from_slice(&cell.to_le_bytes());
        code[14..16].copy_from_slice(&[0x49, 0xbb]);
        code[16..24].copy_from_slice(&target.to_le_bytes());
        code[24..27].copy_from_slice(&[0x41, 0xff, 0xe3]);
        code
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod system_v {
    use crate::ffi::words::{CallWords, ResultRegisters};
    use std::ffi::c_void;

    pub(in crate::ffi) const IS_AVAILABLE: bool = false;

    /// # Safety
    /// Never called: no plan goes this way.
    pub(in crate::ffi) unsafe fn call(_address: usize, _words: &mut CallWords, _doubles: u8, _results: &mut ResultRegisters) {
        unreachable!("libffi calls on this machine")
    }

    /// None are there.
    #[derive(Debug, Default)]
    pub(in crate::ffi) struct Entrances;

    impl Entrances {
        pub fn take(&mut self, _what: *const c_void) -> Option<usize> {
            None
        }
    }
}
