//! The loop.
//!
//! Each arm is the quick half of an operation, for the case that is common: two ints, two floats, a cache that hits. What is left
//! goes to a method of [`Vm`] in `operate.rs`, `call.rs`, `field.rs`, `iterate.rs`, which may call back, allocate and throw.
//!
//! The loop keeps three things in local variables: the next instruction, register 0 and the running function. Before anything else
//! may look (a slow half, a builtin, a collection), `ip` is saved in the frame; after a frame was pushed or popped, all three are
//! loaded anew.

use super::Vm;
use super::call::Called;
use super::function::{Cached, Function};
use super::iterate::Step;
use super::module::{PlannedCall, extern_variable_of};
use super::native::{Arguments, NativeEntry};
use super::operate::{quick_divide, quick_float};
use super::stack::{Frame, Role};
use crate::bytecode::{Instruction, Op};
use crate::value::{self, ClosureObject, Kind, ListObject, NativeObject, Representation, Thrown, Value};

/// What an arithmetic or comparing arm does for two ints and for two floats.
macro_rules! compare {
    ($left:expr, $right:expr, $operator:tt, $slow:expr) => {{
        let (left, right) = ($left, $right);
        if left.both_inline_ints(right) {
            left.as_shifted_int() $operator right.as_shifted_int()
        } else if left.both_floats(right) {
            left.as_float() $operator right.as_float()
        } else {
            $slow
        }
    }};
}

impl Vm {
    /// Runs the top frame until it is left, and gives its result. Its role is `Entry` or `Resume`.
    pub(super) fn run(&mut self) -> Result<Value, Thrown> {
        let entry = self.stack.top;
        // SAFETY: for the whole function: the top frame is initialised and its function verified, so instructions name only registers,
        // constants, caches and slots that exist; registers lie in the value stack, which never moves; references refer to live
        // objects, because collections happen only at the safepoints below, where all frames are roots.
        unsafe {
            let mut function: *const Function = (*entry).function;
            let mut base: *mut Value = (*entry).base;
            let mut ip: *const Instruction = (*entry).ip;

            macro_rules! register {
                ($index:expr) => {
                    *base.add($index)
                };
            }
            macro_rules! constant {
                ($index:expr) => {
                    *(&(*function).constants).as_ptr().add($index)
                };
            }
            macro_rules! save {
                () => {
                    (*self.stack.top).ip = ip
                };
            }
            macro_rules! reload {
                () => {{
                    let frame = self.stack.top;
                    function = (*frame).function;
                    base = (*frame).base;
                    ip = (*frame).ip;
                }};
            }
            macro_rules! jump {
                ($offset:expr) => {
                    ip = ip.offset($offset as isize)
                };
            }

            loop {
                let thrown: Thrown = 'instruction: loop {
                    /// The value of a fallible expression, else its error is thrown.
                    macro_rules! attempt {
                        ($result:expr) => {{
                            save!();
                            match $result {
                                Ok(value) => value,
                                Err(thrown) => break 'instruction thrown,
                            }
                        }};
                    }
                    macro_rules! safepoint {
                        () => {
                            if self.wants_attention() {
                                attempt!(self.safepoint());
                            }
                        };
                    }
                    /// Jumps if the condition holds; a jump back is a safepoint.
                    macro_rules! branch {
                        ($condition:expr, $offset:expr) => {
                            if $condition {
                                let offset = $offset;
                                if offset < 0 {
                                    safepoint!();
                                }
                                jump!(offset);
                            }
                        };
                    }
                    macro_rules! arithmetic {
                        ($i:ident, $right:expr, $checked:ident, $operator:tt, $slow:ident) => {{
                            let left = register!($i.b());
                            let right: Value = $right;
                            if left.both_inline_ints(right) {
                                if let Some(sum) = left.as_shifted_int().$checked(right.as_shifted_int()) {
                                    register!($i.a()) = Value::from_shifted_int(sum);
                                    continue;
                                }
                            } else if left.both_floats(right) {
                                register!($i.a()) = Value::float(left.as_float() $operator right.as_float());
                                continue;
                            } else if left.is_float() && right.is_inline_int() {
                                register!($i.a()) = Value::float(left.as_float() $operator right.as_inline_int() as f64);
                                continue;
                            } else if left.is_inline_int() && right.is_float() {
                                register!($i.a()) = Value::float(left.as_inline_int() as f64 $operator right.as_float());
                                continue;
                            }
                            operate!($i, value::Arithmetic::$slow, left, right);
                        }};
                    }
                    /// The slow half of a binary operator: a value, or a frame of the script's own operator was pushed.
                    macro_rules! operate {
                        ($i:ident, $operator:expr, $left:expr, $right:expr) => {{
                            // A constant that stood on the left.
                            let (left, right) = if $i.x() == 1 { ($right, $left) } else { ($left, $right) };
                            match attempt!(self.operate($operator, left, right, base.add($i.a()))) {
                                Called::Done => safepoint!(),
                                Called::Pushed => reload!(),
                            }
                            continue;
                        }};
                    }
                    macro_rules! bitwise {
                        ($i:ident, $operator:tt, $slow:ident) => {{
                            let (left, right) = (register!($i.b()), register!($i.c()));
                            if left.both_inline_ints(right) {
                                register!($i.a()) = Value::inline_int(left.as_inline_int() $operator right.as_inline_int());
                                continue;
                            }
                            operate!($i, value::Arithmetic::$slow, left, right);
                        }};
                    }
                    macro_rules! multiply {
                        ($i:ident, $right:expr) => {{
                            let left = register!($i.b());
                            let right: Value = $right;
                            if left.both_floats(right) {
                                register!($i.a()) = Value::float(left.as_float() * right.as_float());
                                continue;
                            }
                            if left.both_inline_ints(right) {
                                // One factor as it is, one at the top of the word: overflow of the product is overflow of 50 bits.
                                if let Some(product) = left.as_shifted_int().checked_mul(right.as_inline_int()) {
                                    register!($i.a()) = Value::from_shifted_int(product);
                                    continue;
                                }
                            } else if left.is_float() && right.is_inline_int() {
                                register!($i.a()) = Value::float(left.as_float() * right.as_inline_int() as f64);
                                continue;
                            } else if left.is_inline_int() && right.is_float() {
                                register!($i.a()) = Value::float(left.as_inline_int() as f64 * right.as_float());
                                continue;
                            }
                            operate!($i, value::Arithmetic::Multiply, left, right);
                        }};
                    }
                    macro_rules! divide {
                        ($i:ident, $right:expr) => {{
                            let left = register!($i.b());
                            let right: Value = $right;
                            if left.both_floats(right) {
                                register!($i.a()) = Value::float(left.as_float() / right.as_float());
                                continue;
                            }
                            if let (Some(x), Some(y)) = (quick_float(left), quick_float(right)) {
                                register!($i.a()) = Value::float(x / y);
                                continue;
                            }
                            operate!($i, value::Arithmetic::Divide, left, right);
                        }};
                    }
                    macro_rules! floor_divide {
                        ($i:ident, $right:expr) => {{
                            let left = register!($i.b());
                            let right: Value = $right;
                            if left.both_inline_ints(right) {
                                let (x, y) = (left.as_inline_int(), right.as_inline_int());
                                if y != 0 {
                                    let (quotient, remainder) = quick_divide(x, y);
                                    let floored = quotient - (remainder != 0 && (remainder < 0) != (y < 0)) as i64;
                                    if let Some(result) = Value::try_inline_int(floored) {
                                        register!($i.a()) = result;
                                        continue;
                                    }
                                }
                            }
                            operate!($i, value::Arithmetic::FloorDivide, left, right);
                        }};
                    }
                    macro_rules! remainder {
                        ($i:ident, $right:expr) => {{
                            let left = register!($i.b());
                            let right: Value = $right;
                            if left.both_inline_ints(right) {
                                let (x, y) = (left.as_inline_int(), right.as_inline_int());
                                if y != 0 {
                                    let (_, remainder) = quick_divide(x, y);
                                    let floored =
                                        if remainder != 0 && (remainder < 0) != (y < 0) { remainder + y } else { remainder };
                                    register!($i.a()) = Value::inline_int(floored);
                                    continue;
                                }
                            }
                            operate!($i, value::Arithmetic::Remainder, left, right);
                        }};
                    }
                    macro_rules! comparison {
                        ($i:ident, $operator:tt, $order:ident) => {{
                            let (left, right) = (register!($i.b()), register!($i.c()));
                            let result =
                                compare!(left, right, $operator, attempt!(self.order(value::OrderOperator::$order, left, right)));
                            register!($i.a()) = Value::bool(result);
                        }};
                    }
                    macro_rules! jump_comparison {
                        ($i:ident, $wanted:literal, $operator:tt, $order:ident) => {{
                            let (left, right) = (register!($i.a()), register!($i.b()));
                            let result =
                                compare!(left, right, $operator, attempt!(self.order(value::OrderOperator::$order, left, right)));
                            branch!(result == $wanted, $i.signed_c());
                        }};
                    }
                    macro_rules! jump_number {
                        ($i:ident, $wanted:literal, $operator:tt, $order:ident) => {{
                            let left = register!($i.a());
                            let right = $i.signed_b() as i64;
                            let result = if left.is_inline_int() {
                                left.as_inline_int() $operator right
                            } else if left.is_float() {
                                left.as_float() $operator right as f64
                            } else {
                                attempt!(self.order(value::OrderOperator::$order, left, Value::inline_int(right)))
                            };
                            branch!(result == $wanted, $i.signed_c());
                        }};
                    }
                    macro_rules! equal {
                        ($left:expr, $right:expr) => {{
                            let (left, right): (Value, Value) = ($left, $right);
                            if left.both_inline_ints(right) {
                                left == right
                            } else if left.both_floats(right) {
                                left.as_float() == right.as_float()
                            } else if left == right && !left.is_reference() {
                                true
                            } else {
                                attempt!(self.equal(left, right))
                            }
                        }};
                    }
                    macro_rules! equal_number {
                        ($i:ident) => {{
                            let left = register!($i.a());
                            if left.is_inline_int() {
                                left.as_inline_int() == $i.signed_b() as i64
                            } else {
                                left.is_float() && left.as_float() == $i.signed_b() as f64
                            }
                        }};
                    }
                    /// The element at an index of a list, or of memory in C layout, where that is quickly found.
                    macro_rules! element {
                        ($i:ident, $object:ident, $index:expr) => {{
                            let index: i64 = $index;
                            if $object.is_kind(Kind::List) {
                                let list = $object.object::<ListObject>();
                                if (index as usize) < (*list).length {
                                    register!($i.a()) = *(*list).items.add(index as usize);
                                    continue;
                                }
                            }
                            // Memory is asked for in a function of its own, so that lists come first. It may be C's, and fault.
                            save!();
                            let element = self.runtime.quick_element($object, index);
                            if !element.is_undefined() {
                                register!($i.a()) = element;
                                continue;
                            }
                        }};
                    }
                    /// Goes on in a closure whose arguments stand in place, right behind it.
                    macro_rules! enter {
                        ($callee:expr, $new_base:expr, $result:expr) => {{
                            let callee: *const Function = $callee;
                            let new_base: *mut Value = $new_base;
                            let top = self.stack.top;
                            if !self.stack.has_room(new_base.add((*callee).register_count as usize)) {
                                save!();
                                break 'instruction self.stack_overflow();
                            }
                            (*top).ip = ip;
                            let frame = top.add(1);
                            frame.write(Frame {
                                function: callee,
                                ip: (&(*callee).instructions).as_ptr(),
                                base: new_base,
                                result: $result,
                                role: Role::Call,
                            });
                            self.stack.top = frame;
                            function = callee;
                            base = new_base;
                            ip = (&(*callee).instructions).as_ptr();
                            safepoint!();
                            continue;
                        }};
                    }
                    /// What follows a call that went through its slow half.
                    macro_rules! called {
                        ($outcome:expr, $window:expr, $count:expr) => {{
                            match attempt!($outcome) {
                                Called::Done => {
                                    if self.wants_attention() {
                                        clear_window($window, $count);
                                        attempt!(self.safepoint());
                                    }
                                }
                                Called::Pushed => {
                                    reload!();
                                    safepoint!();
                                }
                            }
                        }};
                    }
                    macro_rules! call_native {
                        ($entry:expr, $arguments:expr, $count:expr, $result:expr) => {{
                            let entry: *const NativeEntry = $entry;
                            let count: usize = $count;
                            if count >= (*entry).minimum as usize
                                && (count <= (*entry).maximum as usize || (*entry).maximum == NativeEntry::ANY)
                            {
                                let value = attempt!(((*entry).function)(
                                    self,
                                    Arguments::new($arguments, count as u32, std::ptr::null())
                                ));
                                *$result = value;
                                if self.wants_attention() {
                                    clear_window($arguments.sub(1), count);
                                    attempt!(self.safepoint());
                                }
                                continue;
                            }
                        }};
                    }

                    let i = *ip;
                    ip = ip.add(1);
                    match i.op() {
                        // -------------------------------------------------- loads and moves
                        Op::Move => register!(i.a()) = register!(i.b()),
                        Op::LoadNil => register!(i.a()) = Value::NIL,
                        Op::LoadTrue => register!(i.a()) = Value::TRUE,
                        Op::LoadFalse => register!(i.a()) = Value::FALSE,
                        Op::LoadUndefined => register!(i.a()) = Value::UNDEFINED,
                        Op::LoadInt => register!(i.a()) = Value::inline_int(i.signed_wide() as i64),
                        Op::LoadConstant => register!(i.a()) = constant!(i.wide_operand()),
                        Op::LoadCaptured => register!(i.a()) = *captured(base, i.b()),
                        Op::LoadCapturedCell => {
                            let cell = (*captured(base, i.b())).object::<value::CellObject>();
                            let value = (*cell).value;
                            if value.is_undefined() {
                                save!();
                                break 'instruction self.used_before_declaration();
                            }
                            register!(i.a()) = value;
                        }
                        Op::StoreCapturedCell => {
                            let cell = (*captured(base, i.b())).object::<value::CellObject>();
                            value::write_value(&mut self.runtime.heap, &raw mut (*cell).value, register!(i.a()));
                        }
                        Op::NewCell => {
                            let content = register!(i.b());
                            register!(i.a()) = self.runtime.new_cell(content);
                        }
                        Op::LoadCell => {
                            let value = (*register!(i.b()).object::<value::CellObject>()).value;
                            if value.is_undefined() {
                                save!();
                                break 'instruction self.used_before_declaration();
                            }
                            register!(i.a()) = value;
                        }
                        Op::StoreCell => {
                            let cell = register!(i.a()).object::<value::CellObject>();
                            value::write_value(&mut self.runtime.heap, &raw mut (*cell).value, register!(i.b()));
                        }
                        Op::LoadSlot => {
                            let value = *(*function).slots.add(i.wide_operand());
                            if is_beyond_true(value) {
                                register!(i.a()) = attempt!(self.load_slot_slow(i.wide_operand(), value));
                            } else {
                                register!(i.a()) = value;
                            }
                        }
                        Op::StoreSlot => {
                            let slot = (*function).slots.add(i.wide_operand());
                            if extern_variable_of(*slot).is_some() {
                                let value = register!(i.a());
                                attempt!(self.store_slot_slow(*slot, value));
                            } else {
                                *slot = register!(i.a());
                            }
                        }
                        Op::CheckDefined => {
                            if register!(i.a()).is_undefined() {
                                save!();
                                break 'instruction self.used_before_declaration();
                            }
                        }
                        Op::Closure => register!(i.a()) = attempt!(self.make_closure(i.wide_operand(), base)),

                        // -------------------------------------------------- arithmetic
                        Op::Add => arithmetic!(i, register!(i.c()), checked_add, +, Add),
                        Op::Subtract => arithmetic!(i, register!(i.c()), checked_sub, -, Subtract),
                        Op::AddConstant => arithmetic!(i, constant!(i.c()), checked_add, +, Add),
                        Op::SubtractConstant => arithmetic!(i, constant!(i.c()), checked_sub, -, Subtract),
                        Op::AddNumber => arithmetic!(i, Value::inline_int(i.signed_c() as i64), checked_add, +, Add),
                        Op::SubtractNumber => arithmetic!(i, Value::inline_int(i.signed_c() as i64), checked_sub, -, Subtract),
                        Op::Multiply => multiply!(i, register!(i.c())),
                        Op::MultiplyConstant => multiply!(i, constant!(i.c())),
                        Op::Divide => divide!(i, register!(i.c())),
                        Op::DivideConstant => divide!(i, constant!(i.c())),
                        Op::FloorDivide => floor_divide!(i, register!(i.c())),
                        Op::FloorDivideConstant => floor_divide!(i, constant!(i.c())),
                        Op::Remainder => remainder!(i, register!(i.c())),
                        Op::RemainderConstant => remainder!(i, constant!(i.c())),
                        Op::Power => operate!(i, value::Arithmetic::Power, register!(i.b()), register!(i.c())),
                        Op::WrappingAdd => operate!(i, value::Arithmetic::WrappingAdd, register!(i.b()), register!(i.c())),
                        Op::WrappingSubtract => {
                            operate!(i, value::Arithmetic::WrappingSubtract, register!(i.b()), register!(i.c()))
                        }
                        Op::WrappingMultiply => {
                            operate!(i, value::Arithmetic::WrappingMultiply, register!(i.b()), register!(i.c()))
                        }
                        Op::ShiftLeft => {
                            let (left, right) = (register!(i.b()), register!(i.c()));
                            if left.both_inline_ints(right) && (0..64).contains(&right.as_inline_int()) {
                                register!(i.a()) = self.runtime.int(left.as_inline_int() << right.as_inline_int());
                                continue;
                            }
                            operate!(i, value::Arithmetic::ShiftLeft, left, right)
                        }
                        Op::ShiftRight => {
                            let (left, right) = (register!(i.b()), register!(i.c()));
                            if left.both_inline_ints(right) && (0..64).contains(&right.as_inline_int()) {
                                register!(i.a()) = Value::inline_int(left.as_inline_int() >> right.as_inline_int());
                                continue;
                            }
                            operate!(i, value::Arithmetic::ShiftRight, left, right)
                        }
                        Op::ShiftRightLogical => {
                            operate!(i, value::Arithmetic::ShiftRightLogical, register!(i.b()), register!(i.c()))
                        }
                        Op::BitAnd => bitwise!(i, &, BitAnd),
                        Op::BitXor => bitwise!(i, ^, BitXor),
                        Op::BitOr => bitwise!(i, |, BitOr),
                        Op::Negate => {
                            let operand = register!(i.b());
                            if operand.is_float() {
                                register!(i.a()) = Value::float(-operand.as_float());
                            } else if operand.is_inline_int() {
                                register!(i.a()) = self.runtime.int(-operand.as_inline_int());
                            } else {
                                match attempt!(self.negate(operand, base.add(i.a()))) {
                                    Called::Done => {}
                                    Called::Pushed => reload!(),
                                }
                            }
                        }
                        Op::Complement => {
                            let operand = register!(i.b());
                            register!(i.a()) = attempt!(self.complement(operand));
                        }
                        Op::Not => register!(i.a()) = Value::bool(!register!(i.b()).is_truthy()),

                        // -------------------------------------------------- comparisons and tests
                        Op::Equal => register!(i.a()) = Value::bool(equal!(register!(i.b()), register!(i.c()))),
                        Op::NotEqual => register!(i.a()) = Value::bool(!equal!(register!(i.b()), register!(i.c()))),
                        Op::Less => comparison!(i, <, Less),
                        Op::LessEqual => comparison!(i, <=, LessEqual),
                        Op::Greater => comparison!(i, >, Greater),
                        Op::GreaterEqual => comparison!(i, >=, GreaterEqual),
                        Op::In => {
                            let (item, container) = (register!(i.b()), register!(i.c()));
                            register!(i.a()) = Value::bool(attempt!(self.contains(item, container)));
                        }
                        Op::Is => {
                            let value = register!(i.b());
                            register!(i.a()) = Value::bool(attempt!(self.is_type(value, i.c())));
                        }

                        // -------------------------------------------------- jumps
                        Op::Jump => jump!(i.signed_wide()),
                        Op::Loop => {
                            safepoint!();
                            jump!(i.signed_wide());
                        }
                        Op::JumpIf => branch!(register!(i.a()).is_truthy(), i.signed_wide()),
                        Op::JumpIfNot => branch!(!register!(i.a()).is_truthy(), i.signed_wide()),
                        Op::JumpIfNil => branch!(register!(i.a()).is_nil(), i.signed_wide()),
                        Op::JumpIfNotNil => branch!(!register!(i.a()).is_nil(), i.signed_wide()),
                        Op::JumpIfDefined => branch!(!register!(i.a()).is_undefined(), i.signed_wide()),
                        Op::JumpEqual => branch!(equal!(register!(i.a()), register!(i.b())), i.signed_c()),
                        Op::JumpNotEqual => branch!(!equal!(register!(i.a()), register!(i.b())), i.signed_c()),
                        Op::JumpLess => jump_comparison!(i, true, <, Less),
                        Op::JumpNotLess => jump_comparison!(i, false, <, Less),
                        Op::JumpLessEqual => jump_comparison!(i, true, <=, LessEqual),
                        Op::JumpNotLessEqual => jump_comparison!(i, false, <=, LessEqual),
                        Op::JumpGreater => jump_comparison!(i, true, >, Greater),
                        Op::JumpNotGreater => jump_comparison!(i, false, >, Greater),
                        Op::JumpGreaterEqual => jump_comparison!(i, true, >=, GreaterEqual),
                        Op::JumpNotGreaterEqual => jump_comparison!(i, false, >=, GreaterEqual),
                        Op::JumpEqualNumber => branch!(equal_number!(i), i.signed_c()),
                        Op::JumpNotEqualNumber => branch!(!equal_number!(i), i.signed_c()),
                        Op::JumpLessNumber => jump_number!(i, true, <, Less),
                        Op::JumpNotLessNumber => jump_number!(i, false, <, Less),
                        Op::JumpLessEqualNumber => jump_number!(i, true, <=, LessEqual),
                        Op::JumpNotLessEqualNumber => jump_number!(i, false, <=, LessEqual),
                        Op::JumpGreaterNumber => jump_number!(i, true, >, Greater),
                        Op::JumpNotGreaterNumber => jump_number!(i, false, >, Greater),
                        Op::JumpGreaterEqualNumber => jump_number!(i, true, >=, GreaterEqual),
                        Op::JumpNotGreaterEqualNumber => jump_number!(i, false, >=, GreaterEqual),
                        Op::JumpEqualConstant => branch!(equal!(register!(i.a()), constant!(i.b())), i.signed_c()),
                        Op::JumpNotEqualConstant => branch!(!equal!(register!(i.a()), constant!(i.b())), i.signed_c()),

                        // -------------------------------------------------- loops
                        Op::RangePrepare => {
                            let a = i.a();
                            let (start, end) = (register!(a), register!(a + 1));
                            if start.both_inline_ints(end) && i.x() == 0 {
                                if start.as_shifted_int() < end.as_shifted_int() {
                                    register!(a + 2) = start;
                                } else {
                                    jump!(i.signed_wide());
                                }
                            } else if attempt!(self.prepare_range(base.add(a), i.x() == 1)) {
                                register!(a + 2) = register!(a);
                            } else {
                                jump!(i.signed_wide());
                            }
                        }
                        Op::RangeLoop => {
                            safepoint!();
                            let a = i.a();
                            let (current, end) = (register!(a), register!(a + 1));
                            if current.both_inline_ints(end) {
                                // Below an inline end, so the next one is inline too.
                                let next = Value(current.0.wrapping_add(1) | crate::value::INT_TAG);
                                if next.as_shifted_int() < end.as_shifted_int() {
                                    register!(a) = next;
                                    register!(a + 2) = next;
                                    jump!(i.signed_wide());
                                }
                            } else if let Some(next) = self.next_in_range(current, end) {
                                register!(a) = next;
                                register!(a + 2) = next;
                                jump!(i.signed_wide());
                            }
                        }
                        Op::IteratePrepare => {
                            let iterable = register!(i.b());
                            attempt!(self.prepare_iteration(iterable, base.add(i.a())));
                        }
                        Op::IterateNext => {
                            safepoint!();
                            let state = base.add(i.a());
                            let container = *state;
                            if container.is_kind(Kind::List) {
                                let list = container.object::<ListObject>();
                                let index = (*state.add(1)).as_inline_int() as usize;
                                if (*list).length as i64 == (*state.add(2)).as_inline_int() {
                                    if index < (*list).length {
                                        *state.add(3) = *(*list).items.add(index);
                                        *state.add(1) = Value::inline_int(index as i64 + 1);
                                        jump!(i.signed_wide());
                                    }
                                    continue;
                                }
                            }
                            match attempt!(self.iterate(state, false)) {
                                Step::Next => jump!(i.signed_wide()),
                                Step::End => {}
                                Step::Resumed => reload!(),
                            }
                        }
                        Op::IterateNextPair => {
                            safepoint!();
                            match attempt!(self.iterate(base.add(i.a()), true)) {
                                Step::Next => jump!(i.signed_wide()),
                                Step::End => {}
                                Step::Resumed => reload!(),
                            }
                        }

                        // -------------------------------------------------- calls
                        Op::Call => {
                            let window = base.add(i.a());
                            let callee = *window;
                            let count = i.b();
                            if callee.is_reference() {
                                let header = callee.header();
                                if header.kind == Kind::Closure as u8 {
                                    let code = (*callee.object::<ClosureObject>()).function as *const Function;
                                    if (*code).is_simple && (*code).parameter_count as usize == count {
                                        enter!(code, window.add(1), window);
                                    }
                                } else if header.kind == Kind::Native as u8 {
                                    let entry = (*callee.object::<NativeObject>()).entry as *const NativeEntry;
                                    call_native!(entry, window.add(1), count, window);
                                } else if let Some(foreign) = self.foreign {
                                    save!();
                                    match foreign.call_planned(self, window, count) {
                                        PlannedCall::Done => {
                                            if self.wants_attention() {
                                                clear_window(window, count);
                                                attempt!(self.safepoint());
                                            }
                                            continue;
                                        }
                                        PlannedCall::NotPlanned => {}
                                        PlannedCall::Threw => break 'instruction self.thrown_by_planned_call(),
                                    }
                                }
                            }
                            called!(self.call_value(window, count), window, count);
                        }
                        Op::CallMethod => {
                            let window = base.add(i.a());
                            let receiver = *window.add(1);
                            let count = i.b();
                            let cache = (*(*function).caches.as_ptr().add(i.c())).get();
                            if receiver.is_reference() {
                                let header = receiver.header();
                                if (*cache).way.key == header.type_id as u64 && (*cache).way.what == Cached::Method {
                                    let method = (*cache).way.value;
                                    if method.is_kind(Kind::Closure) {
                                        let code = (*method.object::<ClosureObject>()).function as *const Function;
                                        if (*code).is_simple && (*code).parameter_count as usize == count + 1 {
                                            *window = method;
                                            enter!(code, window.add(1), window);
                                        }
                                    } else {
                                        let entry = (*method.object::<NativeObject>()).entry as *const NativeEntry;
                                        call_native!(entry, window.add(1), count + 1, window);
                                    }
                                } else if (*cache).way.key == receiver.0 && (*cache).way.what == Cached::Member {
                                    let member = (*cache).way.value;
                                    if member.is_kind(Kind::Native) {
                                        let entry = (*member.object::<NativeObject>()).entry as *const NativeEntry;
                                        call_native!(entry, window.add(2), count, window);
                                    }
                                }
                            }
                            called!(self.call_method(window, count, cache), window, count + 1);
                        }
                        Op::CallNamed => {
                            let (window, count) = (base.add(i.a()), i.b());
                            called!(self.call_named(window, count, i.c()), window, count);
                        }
                        Op::CallSpread => {
                            let (window, count) = (base.add(i.a()), i.b());
                            called!(self.call_spread(window, count, i.c()), window, count + 1);
                        }
                        Op::Return | Op::ReturnNil => {
                            let value = if i.op() == Op::Return { register!(i.a()) } else { Value::NIL };
                            let frame = self.stack.top;
                            if (*frame).role == Role::Call {
                                *(*frame).result = value;
                                let below = frame.sub(1);
                                self.stack.top = below;
                                function = (*below).function;
                                base = (*below).base;
                                ip = (*below).ip;
                                continue;
                            }
                            match (*frame).role {
                                Role::Entry => {
                                    self.leave_frame();
                                    return Ok(value);
                                }
                                Role::Resume => {
                                    self.finish_generator();
                                    return Ok(Value::UNDEFINED);
                                }
                                // A generator that a `for` drives is at its end: the caller falls out of its loop.
                                _ => {
                                    self.finish_generator();
                                    reload!();
                                }
                            }
                        }
                        Op::BeginGenerator => {
                            save!();
                            let result = (*self.stack.top).result;
                            let role = (*self.stack.top).role;
                            let generator = attempt!(self.new_generator());
                            self.leave_frame();
                            if role == Role::Entry {
                                return Ok(generator);
                            }
                            *result = generator;
                            reload!();
                        }
                        Op::Yield => {
                            let value = register!(i.a());
                            save!();
                            let role = (*self.stack.top).role;
                            let result = (*self.stack.top).result;
                            self.suspend_generator(i.b());
                            if role == Role::Resume {
                                return Ok(value);
                            }
                            *result = value;
                            reload!();
                            // The caller stands behind its `IterateNext`, whose jump leads into the loop's body.
                            jump!((*ip.sub(1)).signed_wide());
                        }

                        // -------------------------------------------------- fields and elements
                        Op::GetField => {
                            let object = register!(i.b());
                            let cache = (*(*function).caches.as_ptr().add(i.c())).get();
                            if object.is_reference() {
                                let way = &(*cache).way;
                                if way.key == object.header().type_id as u64 {
                                    let place = object.address().payload().add(way.offset as usize);
                                    if way.what == Cached::AnyField {
                                        register!(i.a()) = *(place as *const Value);
                                        continue;
                                    }
                                    if way.what == Cached::Field && way.representation == Representation::F64 {
                                        register!(i.a()) = Value::float_from_memory(*(place as *const f64));
                                        continue;
                                    }
                                }
                            }
                            register!(i.a()) = attempt!(self.get_field(object, cache));
                        }
                        Op::SetField => {
                            let object = register!(i.a());
                            let value = register!(i.b());
                            let cache = (*(*function).caches.as_ptr().add(i.c())).get();
                            if object.is_reference() {
                                let way = &(*cache).way;
                                if way.key == object.header().type_id as u64 {
                                    let place = object.address().payload().add(way.offset as usize);
                                    if way.what == Cached::AnyField {
                                        value::write_value(&mut self.runtime.heap, place as *mut Value, value);
                                        continue;
                                    }
                                    if way.what == Cached::Field && way.representation == Representation::F64 && value.is_float()
                                    {
                                        *(place as *mut f64) = value.as_float();
                                        continue;
                                    }
                                }
                            }
                            attempt!(self.set_field(object, value, cache));
                        }
                        Op::GetIndex => {
                            let (object, index) = (register!(i.b()), register!(i.c()));
                            if index.is_inline_int() {
                                element!(i, object, index.as_inline_int());
                            }
                            match attempt!(self.get_index(object, index, base.add(i.a()))) {
                                Called::Done => {}
                                Called::Pushed => reload!(),
                            }
                        }
                        Op::GetIndexNumber => {
                            let object = register!(i.b());
                            let at = i.signed_c() as i64;
                            element!(i, object, at);
                            match attempt!(self.get_index(object, Value::inline_int(at), base.add(i.a()))) {
                                Called::Done => {}
                                Called::Pushed => reload!(),
                            }
                        }
                        Op::SetIndex => {
                            let (object, index, value) = (register!(i.a()), register!(i.b()), register!(i.c()));
                            if index.is_inline_int() {
                                let at = index.as_inline_int();
                                if object.is_kind(Kind::List) {
                                    let list = object.object::<ListObject>();
                                    if (at as usize) < (*list).length {
                                        value::write_value(&mut self.runtime.heap, (*list).items.add(at as usize), value);
                                        continue;
                                    }
                                }
                                save!();
                                if self.runtime.quick_set_element(object, at, value) {
                                    continue;
                                }
                            }
                            match attempt!(self.set_index(object, index, value)) {
                                Called::Done => {}
                                Called::Pushed => reload!(),
                            }
                        }
                        Op::GetSlice => {
                            let operands = base.add(i.b());
                            register!(i.a()) =
                                attempt!(self.get_slice(*operands, *operands.add(1), *operands.add(2), i.x() == 1));
                        }
                        Op::GetIndexOrNil => {
                            let (object, index) = (register!(i.b()), register!(i.c()));
                            register!(i.a()) = attempt!(self.get_index_or_nil(object, index));
                        }
                        Op::AddressOfField => {
                            let object = register!(i.b());
                            let cache = (*(*function).caches.as_ptr().add(i.c())).get();
                            register!(i.a()) = attempt!(self.address_of_named(object, cache));
                        }
                        Op::AddressOfIndex => {
                            let (object, index) = (register!(i.b()), register!(i.c()));
                            register!(i.a()) = attempt!(self.address_of_index(object, index));
                        }
                        Op::AddressOfValue => {
                            let object = register!(i.b());
                            register!(i.a()) = attempt!(self.address_of_value(object, i.x()));
                        }

                        // -------------------------------------------------- new values
                        Op::NewList => register!(i.a()) = attempt!(self.new_list(base.add(i.b()), i.c())),
                        Op::ListPush => attempt!(self.list_push_run(register!(i.a()), base.add(i.b()), i.c())),
                        Op::ListExtend => {
                            let (list, iterable) = (register!(i.a()), register!(i.b()));
                            attempt!(self.list_extend(list, iterable));
                        }
                        Op::NewMap => {
                            let map = attempt!(self.new_map(base.add(i.b()), i.c()));
                            register!(i.a()) = map;
                        }
                        Op::MapInsert => attempt!(self.map_insert_run(register!(i.a()), base.add(i.b()), i.c())),
                        Op::NewRange => {
                            let (start, end) = (register!(i.b()), register!(i.c()));
                            register!(i.a()) = attempt!(self.new_range(start, end, i.x() == 1));
                        }
                        Op::Concat => register!(i.a()) = attempt!(self.concat(base.add(i.b()), i.c())),
                        Op::Format => {
                            let value = register!(i.b());
                            register!(i.a()) = attempt!(self.format(value, i.c()));
                        }
                        Op::NewBytes => register!(i.a()) = attempt!(self.new_bytes(i.wide_operand())),
                        Op::MakeRecord => register!(i.a()) = attempt!(self.make_record(base.add(i.b()), i.c())),
                        Op::NewOne => register!(i.a()) = attempt!(self.new_one(i.wide_operand(), Value::UNDEFINED)),
                        Op::NewOneFrom => {
                            let initial = register!(i.b());
                            register!(i.a()) = attempt!(self.new_one(i.c(), initial));
                        }
                        Op::NewSlice => {
                            let length = register!(i.b());
                            register!(i.a()) = attempt!(self.new_slice(length, Value::NIL, i.c()));
                        }
                        Op::NewSliceFrom => {
                            let (length, list) = (register!(i.b()), register!(i.b() + 1));
                            register!(i.a()) = attempt!(self.new_slice(length, list, i.c()));
                        }
                        Op::NewInArena => {
                            let arena = register!(i.a());
                            register!(i.a()) = attempt!(self.new_in_arena(arena, i.x(), base.add(i.b()), i.c()));
                        }

                        // -------------------------------------------------- types
                        Op::LoadType => register!(i.a()) = attempt!(self.type_value(i.wide_operand())),
                        Op::Cast => {
                            let value = register!(i.b());
                            register!(i.a()) = attempt!(self.cast(value, i.c()));
                        }
                        Op::CheckType => {
                            let value = register!(i.a());
                            register!(i.a()) = attempt!(self.check_type(value, i.wide_operand(), i.x(), i.a()));
                        }
                        Op::SizeOf => register!(i.a()) = attempt!(self.size_of(i.wide_operand(), i.x() == 1)),
                        Op::OffsetOf => register!(i.a()) = attempt!(self.offset_of(i.c(), i.b())),

                        // -------------------------------------------------- patterns
                        Op::Unpack => {
                            let source = register!(i.b());
                            attempt!(self.unpack(source, base.add(i.a()), i.c(), i.x() == 1));
                        }
                        Op::MatchList => {
                            let subject = register!(i.b());
                            register!(i.a()) = Value::bool(attempt!(self.matches_list(subject, i.c(), i.x() == 1)));
                        }
                        Op::ListRest => {
                            let subject = register!(i.b());
                            register!(i.a()) = attempt!(self.list_rest(subject, i.signed_c() as usize));
                        }
                        Op::MatchKey => {
                            let (subject, key) = (register!(i.b()), register!(i.c()));
                            register!(i.a()) = attempt!(self.match_key(subject, key));
                        }
                        Op::MatchFailed => {
                            let subject = register!(i.a());
                            save!();
                            break 'instruction self.match_failed(subject);
                        }

                        // -------------------------------------------------- errors
                        Op::Throw => {
                            save!();
                            break 'instruction self.throw(register!(i.a()));
                        }
                        Op::Rethrow => {
                            save!();
                            break 'instruction self.rethrow(&raw mut register!(i.a()));
                        }

                        // -------------------------------------------------- modules and C
                        Op::Import => register!(i.a()) = attempt!(self.import(i.wide_operand())),
                        Op::ImportName => {
                            let (module, slot) = (register!(i.a()), register!(i.a() + 1));
                            attempt!(self.import_name(module, slot, i.wide_operand()));
                        }
                        Op::LoadExtern => attempt!(self.load_extern(i.wide_operand())),
                        Op::GetExtern => register!(i.a()) = attempt!(self.get_extern(i.wide_operand())),
                        Op::SetExtern => {
                            let value = register!(i.a());
                            attempt!(self.set_extern(i.wide_operand(), value));
                        }
                        Op::AddressOfExtern => register!(i.a()) = attempt!(self.address_of_extern(i.wide_operand())),
                    }
                };
                self.unwind(thrown, entry)?;
                reload!();
            }
        }
    }
}

/// The captured values of the closure that runs, which stands before register 0.
///
/// # Safety
/// `base` is the base of a script frame whose closure captures more than `index` values.
#[inline(always)]
pub(super) unsafe fn captured(base: *mut Value, index: usize) -> *mut Value {
    // SAFETY: the caller's promise.
    unsafe {
        let closure = (*base.sub(1)).object::<ClosureObject>();
        (closure.add(1) as *mut Value).add(index)
    }
}

/// Clears the arguments of a call that is over: what stands in a dead window must not keep anything alive.
///
/// # Safety
/// The window holds a result and `count` arguments.
#[cold]
unsafe fn clear_window(window: *mut Value, count: usize) {
    for index in 1..=count {
        // SAFETY: the caller's promise.
        unsafe { window.add(index).write(Value::NIL) };
    }
}

/// Whether a word is a special one beyond nil, false and true: undefined, or a live import.
#[inline(always)]
fn is_beyond_true(value: Value) -> bool {
    value.0.wrapping_sub(Value::UNDEFINED.0) < (1 << 48) - 3
}
