//! What every part of the emitter stands on: registers, instructions, jumps, constants, and where variables live.

use super::symbol::{FunctionId, NodeKey, Resolved, VariableId};
use crate::bytecode::{Code, Constant, Handler, Instruction, LiveChange, Op, Operands, TypeDescription, register_bound};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceMap, SourceRange};
use crate::syntax::tree;
use std::collections::HashMap;
use std::rc::Rc;

/// A register of the function that is being emitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub(super) struct Register(pub u16);

impl Register {
    pub fn offset(self, count: u16) -> Register {
        Register(self.0.saturating_add(count))
    }
}

/// What is to become of the value of an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Want {
    /// Nobody uses it.
    Nothing,
    /// It goes into a register.
    In(Register),
    /// It is the function's result.
    Return,
}

/// Where a variable is found from the current function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Location {
    Register(Register),
    Cell(Register),
    Captured(u16),
    CapturedCell(u16),
    Slot(u32),
}

/// A way out of a loop or function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leave {
    /// The number of the loop among the exits.
    Break(usize),
    Continue(usize),
    /// With the value in the function's return register.
    Return,
}

/// What stands between the current place and the outside of the function.
pub(super) enum Exit {
    Loop {
        label: Option<Rc<str>>,
        breaks: Vec<usize>,
        continues: Vec<usize>,
    },
    /// A `finally` or `defer` that has to run first.
    Cleanup {
        state: Register,
        error: Register,
        leaves: Vec<(Leave, Vec<usize>)>,
    },
}

#[derive(PartialEq, Eq, Hash)]
enum ConstantKey {
    Nil,
    Bool(bool),
    Int(i64),
    Float(u64),
    String(Rc<str>),
    Bytes(Rc<[u8]>),
    Format(crate::format::Format),
    Names(Vec<Rc<str>>),
    Builtin(Rc<str>),
}

/// The function that is being emitted.
pub(super) struct FunctionState {
    pub id: FunctionId,
    pub instructions: Vec<Instruction>,
    pub ranges: Vec<SourceRange>,
    pub live: Vec<LiveChange>,
    pub constants: Vec<Constant>,
    constant_index: HashMap<ConstantKey, u32>,
    pub types: Vec<TypeDescription>,
    pub functions: Vec<Rc<Code>>,
    pub caches: Vec<Rc<str>>,
    /// See [`Code::checked_variables`].
    pub checked_variables: Vec<(u32, Rc<str>)>,
    cache_index: HashMap<Rc<str>, u16>,
    pub handlers: Vec<Handler>,
    /// The first free register.
    pub next: u16,
    pub register_count: u16,
    /// Registers below are variables that can be seen; those above are free for the construction of a call.
    pub visible: u16,
    pub locals: HashMap<VariableId, Register>,
    pub exits: Vec<Exit>,
    /// Keeps the result of a `return` while cleanups run.
    pub return_register: Option<Register>,
    /// Jumps out of the chain of a `?.`, innermost chain last.
    pub chains: Vec<Vec<usize>>,
    /// The result type to check, an index of `types`.
    pub result: Option<u32>,
    pub is_generator: bool,
    /// The furthest place that something jumps to.
    last_label: usize,
    /// Conditional jumps of 16 bits are not used: the function is too long for them.
    pub is_wide: bool,
    /// A jump of 16 bits did not reach.
    pub needs_wide: bool,
    /// What the function has too much of.
    pub too_much: Option<&'static str>,
}

/// Registers beyond this one are not given out.
const MAXIMUM_REGISTERS: u16 = 60_000;

/// Inline caches beyond this number are shared by all places that use one name.
const MAXIMUM_OWN_CACHES: usize = 40_000;

impl FunctionState {
    pub fn new(id: FunctionId, is_wide: bool) -> FunctionState {
        FunctionState {
            id,
            instructions: Vec::new(),
            ranges: Vec::new(),
            live: Vec::new(),
            constants: Vec::new(),
            constant_index: HashMap::new(),
            types: Vec::new(),
            functions: Vec::new(),
            caches: Vec::new(),
            checked_variables: Vec::new(),
            cache_index: HashMap::new(),
            handlers: Vec::new(),
            next: 0,
            register_count: 0,
            visible: 0,
            locals: HashMap::new(),
            exits: Vec::new(),
            return_register: None,
            chains: Vec::new(),
            result: None,
            is_generator: false,
            last_label: 0,
            is_wide,
            needs_wide: false,
            too_much: None,
        }
    }
}

/// The emitter of one unit.
pub(super) struct Emitter<'t, 'e> {
    pub resolved: Resolved<'t>,
    pub sources: &'e SourceMap,
    pub diagnostics: Vec<Diagnostic>,
    pub function: FunctionState,
}

impl<'t> Emitter<'t, '_> {
    pub fn error(&mut self, message: impl Into<String>, range: SourceRange) {
        self.diagnostics.push(Diagnostic::syntax(message, range));
    }

    // ------------------------------------------------------------ registers

    pub fn allocate(&mut self) -> Register {
        let register = Register(self.function.next);
        if self.function.next >= MAXIMUM_REGISTERS {
            self.function.too_much.get_or_insert("local variables and intermediate values");
        } else {
            self.function.next += 1;
        }
        register
    }

    /// So many registers in a row; the first of them.
    pub fn allocate_run(&mut self, count: usize) -> Register {
        let first = Register(self.function.next);
        for _ in 0..count {
            self.allocate();
        }
        first
    }

    pub fn mark(&self) -> u16 {
        self.function.next
    }

    /// Frees the registers allocated since the mark.
    pub fn release(&mut self, mark: u16) {
        self.function.next = mark;
    }

    /// All registers in use belong to variables or must survive what follows.
    pub fn protect(&mut self) {
        self.function.visible = self.function.next;
    }

    /// Whether a register is the topmost one and not a variable, so that a call can be built in it.
    pub fn is_free_top(&self, register: Register) -> bool {
        register.0 >= self.function.visible && register.0 + 1 == self.function.next
    }

    // ------------------------------------------------------------ instructions

    pub fn emit(&mut self, range: SourceRange, instruction: Instruction) -> usize {
        let bound = register_bound(instruction);
        let function = &mut self.function;
        let needed = function.next.max(bound.min(u16::MAX as usize) as u16);
        function.register_count = function.register_count.max(needed);
        let index = function.instructions.len();
        if function.live.last().is_none_or(|change| change.registers != needed) {
            function.live.push(LiveChange { from: index as u32, registers: needed });
        }
        function.instructions.push(instruction);
        function.ranges.push(range);
        index
    }

    pub fn op_a(&mut self, range: SourceRange, op: Op, a: Register) -> usize {
        self.emit(range, Instruction::abc(op, a.0, 0, 0))
    }

    pub fn op_ab(&mut self, range: SourceRange, op: Op, a: Register, b: Register) -> usize {
        self.emit(range, Instruction::abc(op, a.0, b.0, 0))
    }

    pub fn op_abc(&mut self, range: SourceRange, op: Op, a: Register, b: Register, c: Register) -> usize {
        self.emit(range, Instruction::abc(op, a.0, b.0, c.0))
    }

    pub fn op_wide(&mut self, range: SourceRange, op: Op, a: Register, wide: u32) -> usize {
        self.emit(range, Instruction::wide(op, a.0, wide))
    }

    pub fn move_to(&mut self, range: SourceRange, to: Register, from: Register) {
        if to != from {
            self.op_ab(range, Op::Move, to, from);
        }
    }

    pub fn load_int(&mut self, range: SourceRange, to: Register, value: i32) {
        self.op_wide(range, Op::LoadInt, to, value as u32);
    }

    /// Whether the place behind the last instruction can be reached.
    pub fn falls_through(&self) -> bool {
        let function = &self.function;
        let Some(last) = function.instructions.last() else { return true };
        if function.last_label == function.instructions.len() {
            return true;
        }
        !matches!(last.op(), Op::Jump | Op::Loop | Op::Return | Op::ReturnNil | Op::Throw | Op::Rethrow | Op::MatchFailed)
    }

    // ------------------------------------------------------------ jumps

    /// The next instruction, as something that is jumped to.
    pub fn here(&mut self) -> usize {
        self.function.last_label = self.function.instructions.len();
        self.function.last_label
    }

    /// A jump whose target is not known yet.
    pub fn jump(&mut self, range: SourceRange) -> usize {
        self.op_wide(range, Op::Jump, Register(0), 0)
    }

    pub fn jump_if(&mut self, range: SourceRange, op: Op, a: Register) -> usize {
        self.op_wide(range, op, a, 0)
    }

    /// A conditional jump with an operand `b`; in a long function the opposite jump over a jump of 32 bits.
    pub fn jump_compare(&mut self, range: SourceRange, op: Op, a: Register, b: u16) -> usize {
        if self.function.is_wide {
            self.emit(range, Instruction::abc(opposite(op), a.0, b, 1));
            let jump = self.jump(range);
            self.here();
            jump
        } else {
            self.emit(range, Instruction::abc(op, a.0, b, 0))
        }
    }

    /// Makes a jump lead to the next instruction.
    pub fn patch(&mut self, jump: usize) {
        let target = self.here();
        self.patch_to(jump, target);
    }

    pub fn patch_all(&mut self, jumps: Vec<usize>) {
        for jump in jumps {
            self.patch(jump);
        }
    }

    pub fn patch_to(&mut self, jump: usize, target: usize) {
        let distance = target as i64 - (jump as i64 + 1);
        let function = &mut self.function;
        let instruction = &mut function.instructions[jump];
        match instruction.op().operands() {
            Operands::Jump | Operands::AJump => {
                // A `Jump` back is a `Loop`, which is a safepoint.
                if distance < 0 && instruction.op() == Op::Jump {
                    *instruction = Instruction::wide(Op::Loop, 0, 0);
                }
                *instruction = instruction.with_wide(distance as i32 as u32);
            }
            _ => match i16::try_from(distance) {
                Ok(distance) => *instruction = instruction.with_c(distance as u16),
                Err(_) => function.needs_wide = true,
            },
        }
    }

    // ------------------------------------------------------------ tables

    pub fn constant(&mut self, constant: Constant) -> u32 {
        let key = match &constant {
            Constant::Nil => ConstantKey::Nil,
            Constant::Bool(value) => ConstantKey::Bool(*value),
            Constant::Int(value) => ConstantKey::Int(*value),
            Constant::Float(value) => ConstantKey::Float(value.to_bits()),
            Constant::String(value) => ConstantKey::String(Rc::clone(value)),
            Constant::Bytes(value) => ConstantKey::Bytes(Rc::clone(value)),
            Constant::Format(value) => ConstantKey::Format(value.clone()),
            Constant::Names(value) => ConstantKey::Names(value.clone()),
            Constant::Builtin(value) => ConstantKey::Builtin(Rc::clone(value)),
        };
        let function = &mut self.function;
        *function.constant_index.entry(key).or_insert_with(|| {
            function.constants.push(constant);
            function.constants.len() as u32 - 1
        })
    }

    /// A constant for an operand of 16 bits, if its index fits there.
    pub fn small_constant(&mut self, constant: &Constant) -> Option<u16> {
        u16::try_from(self.constant(constant.clone())).ok()
    }

    /// A constant for an operand of 16 bits that has no other form.
    pub fn needed_constant(&mut self, constant: Constant) -> u16 {
        let index = self.constant(constant);
        self.narrow(index, "constants")
    }

    pub fn narrow(&mut self, index: u32, what: &'static str) -> u16 {
        u16::try_from(index).unwrap_or_else(|_| {
            self.function.too_much.get_or_insert(what);
            0
        })
    }

    pub fn load_constant(&mut self, range: SourceRange, to: Register, constant: &Constant) {
        match constant {
            Constant::Nil => {
                self.op_a(range, Op::LoadNil, to);
            }
            Constant::Bool(value) => {
                self.op_a(range, if *value { Op::LoadTrue } else { Op::LoadFalse }, to);
            }
            Constant::Int(value) if i32::try_from(*value).is_ok() => self.load_int(range, to, *value as i32),
            _ => {
                let index = self.constant(constant.clone());
                self.op_wide(range, Op::LoadConstant, to, index);
            }
        }
    }

    /// An inline cache for a name, for one place in the code.
    pub fn cache(&mut self, name: &Rc<str>) -> u16 {
        let function = &mut self.function;
        if function.caches.len() >= MAXIMUM_OWN_CACHES {
            if let Some(&index) = function.cache_index.get(name) {
                return index;
            }
            if function.caches.len() > u16::MAX as usize {
                function.too_much.get_or_insert("names of fields");
                return 0;
            }
        }
        let index = function.caches.len() as u16;
        function.caches.push(Rc::clone(name));
        function.cache_index.insert(Rc::clone(name), index);
        index
    }

    pub fn type_index(&mut self, description: TypeDescription) -> u32 {
        let types = &mut self.function.types;
        if let Some(index) = types.iter().position(|known| *known == description) {
            return index as u32;
        }
        types.push(description);
        types.len() as u32 - 1
    }

    pub fn narrow_type_index(&mut self, description: TypeDescription) -> u16 {
        let index = self.type_index(description);
        self.narrow(index, "types")
    }

    // ------------------------------------------------------------ variables

    pub fn variable_of(&self, name: &tree::Name) -> Option<VariableId> {
        self.resolved.bindings.get(&NodeKey::of(name)).copied()
    }

    pub fn variable(&self, id: VariableId) -> &super::symbol::Variable<'t> {
        &self.resolved.variables[id.0 as usize]
    }

    pub fn locate(&self, id: VariableId) -> Option<Location> {
        let variable = self.variable(id);
        if let Some(slot) = variable.slot {
            return Some(Location::Slot(slot));
        }
        if variable.function == self.function.id {
            let register = *self.function.locals.get(&id)?;
            return Some(if variable.is_cell() { Location::Cell(register) } else { Location::Register(register) });
        }
        let index = *self.resolved.functions[self.function.id.0 as usize].capture_index.get(&id)?;
        Some(if variable.is_cell() { Location::CapturedCell(index) } else { Location::Captured(index) })
    }

    pub fn load_variable(&mut self, range: SourceRange, id: VariableId, is_early: bool, to: Register) {
        match self.locate(id) {
            Some(Location::Register(register)) => self.move_to(range, to, register),
            Some(Location::Cell(register)) => {
                self.op_ab(range, Op::LoadCell, to, register);
            }
            Some(Location::Captured(index)) => {
                self.emit(range, Instruction::abc(Op::LoadCaptured, to.0, index, 0));
            }
            Some(Location::CapturedCell(index)) => {
                self.emit(range, Instruction::abc(Op::LoadCapturedCell, to.0, index, 0));
            }
            Some(Location::Slot(slot)) => {
                self.op_wide(range, Op::LoadSlot, to, slot);
            }
            // Only after an error that has been reported.
            None => {
                self.op_a(range, Op::LoadNil, to);
            }
        }
        if is_early {
            let name = Rc::clone(&self.variable(id).name);
            let index = self.constant(Constant::String(name));
            self.op_wide(range, Op::CheckDefined, to, index);
        }
    }

    pub fn store_variable(&mut self, range: SourceRange, id: VariableId, from: Register) {
        match self.locate(id) {
            Some(Location::Register(register)) => self.move_to(range, register, from),
            Some(Location::Cell(register)) => {
                self.op_ab(range, Op::StoreCell, register, from);
            }
            Some(Location::CapturedCell(index)) => {
                self.emit(range, Instruction::abc(Op::StoreCapturedCell, from.0, index, 0));
            }
            Some(Location::Slot(slot)) => {
                self.op_wide(range, Op::StoreSlot, from, slot);
            }
            Some(Location::Captured(_)) | None => {}
        }
    }

    /// Makes a freshly written register the home of a variable that is being declared.
    pub fn settle(&mut self, range: SourceRange, id: VariableId, register: Register) {
        if let Some(slot) = self.variable(id).slot {
            self.op_wide(range, Op::StoreSlot, register, slot);
            return;
        }
        if self.variable(id).is_cell() {
            self.op_ab(range, Op::NewCell, register, register);
        }
        self.function.locals.insert(id, register);
    }
}

/// The jump on the opposite condition.
fn opposite(op: Op) -> Op {
    match op {
        Op::JumpEqual => Op::JumpNotEqual,
        Op::JumpNotEqual => Op::JumpEqual,
        Op::JumpLess => Op::JumpNotLess,
        Op::JumpNotLess => Op::JumpLess,
        Op::JumpLessEqual => Op::JumpNotLessEqual,
        Op::JumpNotLessEqual => Op::JumpLessEqual,
        Op::JumpGreater => Op::JumpNotGreater,
        Op::JumpNotGreater => Op::JumpGreater,
        Op::JumpGreaterEqual => Op::JumpNotGreaterEqual,
        Op::JumpNotGreaterEqual => Op::JumpGreaterEqual,
        Op::JumpEqualNumber => Op::JumpNotEqualNumber,
        Op::JumpNotEqualNumber => Op::JumpEqualNumber,
        Op::JumpLessNumber => Op::JumpNotLessNumber,
        Op::JumpNotLessNumber => Op::JumpLessNumber,
        Op::JumpLessEqualNumber => Op::JumpNotLessEqualNumber,
        Op::JumpNotLessEqualNumber => Op::JumpLessEqualNumber,
        Op::JumpGreaterNumber => Op::JumpNotGreaterNumber,
        Op::JumpNotGreaterNumber => Op::JumpGreaterNumber,
        Op::JumpGreaterEqualNumber => Op::JumpNotGreaterEqualNumber,
        Op::JumpNotGreaterEqualNumber => Op::JumpGreaterEqualNumber,
        Op::JumpEqualConstant => Op::JumpNotEqualConstant,
        Op::JumpNotEqualConstant => Op::JumpEqualConstant,
        other => unreachable!("{} has no opposite", other.name()),
    }
}
