//! The eight bytes of an instruction.

use super::op::Op;

/// One instruction: operation, a small operand `x`, three 16-bit operands. See the drawing in the module's essay.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Instruction(pub u64);

impl Instruction {
    pub fn abc(op: Op, a: u16, b: u16, c: u16) -> Instruction {
        Instruction::xabc(op, 0, a, b, c)
    }

    pub fn xabc(op: Op, x: u8, a: u16, b: u16, c: u16) -> Instruction {
        Instruction(op as u64 | (x as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// `a` and one 32-bit operand in the place of `b` and `c`.
    pub fn wide(op: Op, a: u16, wide: u32) -> Instruction {
        Instruction(op as u64 | (a as u64) << 16 | (wide as u64) << 32)
    }

    #[inline(always)]
    pub fn op(self) -> Op {
        Op::from_byte(self.0 as u8)
    }

    #[inline(always)]
    pub fn x(self) -> u8 {
        (self.0 >> 8) as u8
    }

    #[inline(always)]
    pub fn a(self) -> usize {
        (self.0 >> 16) as u16 as usize
    }

    #[inline(always)]
    pub fn b(self) -> usize {
        (self.0 >> 32) as u16 as usize
    }

    #[inline(always)]
    pub fn c(self) -> usize {
        (self.0 >> 48) as usize
    }

    /// `b` as a signed number.
    #[inline(always)]
    pub fn signed_b(self) -> i16 {
        (self.0 >> 32) as i16
    }

    /// `c` as a signed number.
    #[inline(always)]
    pub fn signed_c(self) -> i16 {
        (self.0 >> 48) as i16
    }

    /// `b` and `c` as one unsigned number.
    #[inline(always)]
    pub fn wide_operand(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// `b` and `c` as one signed number.
    #[inline(always)]
    pub fn signed_wide(self) -> i32 {
        (self.0 >> 32) as i32
    }

    pub fn with_x(self, x: u8) -> Instruction {
        Instruction((self.0 & !0xff00) | (x as u64) << 8)
    }

    pub fn with_wide(self, wide: u32) -> Instruction {
        Instruction((self.0 & 0xffff_ffff) | (wide as u64) << 32)
    }

    pub fn with_c(self, c: u16) -> Instruction {
        Instruction((self.0 & 0x0000_ffff_ffff_ffff) | (c as u64) << 48)
    }
}

impl std::fmt::Debug for Instruction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{} {} {} {}", self.op().name(), self.x(), self.a(), self.b(), self.c())
    }
}
