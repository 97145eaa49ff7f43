//! Slow halves of operators and of what makes values: everything that is not two ints or two floats.

use super::Vm;
use super::call::Called;
use crate::bytecode::Constant;
use crate::value::{
    self, Arithmetic, ErrorKind, Host, Kind, ListRef, MapRef, OrderOperator, Thrown, TypeId, Value, nearest_name,
};

impl Vm {
    /// A binary operator; what a struct overloads runs in the loop.
    pub(super) fn operate(
        &mut self,
        operator: Arithmetic,
        left: Value,
        right: Value,
        result: *mut Value,
    ) -> Result<Called, Thrown> {
        if let Some(value) = value::arithmetic(&mut self.runtime, operator, left, right)? {
            // SAFETY: a register of the running frame.
            unsafe { *result = value };
            return Ok(Called::Done);
        }
        if let Some((method, receiver)) = self.record_method(left, operator.symbol()) {
            return self.enter_operator(method, &[receiver, right], result);
        }
        if self.runtime.is_pointer(left) && matches!(operator, Arithmetic::Add | Arithmetic::Subtract) {
            let value = if operator == Arithmetic::Subtract && self.runtime.is_pointer(right) {
                self.runtime.pointer_difference(left, right)?
            } else {
                self.runtime.offset_pointer(left, right, operator == Arithmetic::Subtract)?
            };
            // SAFETY: a register of the running frame.
            unsafe { *result = value };
            return Ok(Called::Done);
        }
        Err(value::operand_error(&mut self.runtime, operator, left, right))
    }

    /// `-x`
    pub(super) fn negate(&mut self, operand: Value, result: *mut Value) -> Result<Called, Thrown> {
        if let Some(value) = value::negate(&mut self.runtime, operand)? {
            // SAFETY: a register of the running frame.
            unsafe { *result = value };
            return Ok(Called::Done);
        }
        if let Some((method, receiver)) = self.record_method(operand, "neg") {
            return self.enter_operator(method, &[receiver], result);
        }
        let name = self.runtime.type_name_of(operand).to_string();
        self.fail(ErrorKind::TypeError, format!("cannot negate {name}; `-` takes a number, or a struct with a neg method"))
    }

    pub(super) fn complement(&mut self, operand: Value) -> Result<Value, Thrown> {
        value::complement(&mut self.runtime, operand)
    }

    /// Enters a script's operator above the registers of the running frame.
    pub(super) fn enter_operator(&mut self, method: Value, arguments: &[Value], result: *mut Value) -> Result<Called, Thrown> {
        let window = self.stack.free();
        // SAFETY: the stack is checked before it is written.
        unsafe {
            if !self.stack.has_room(window.add(arguments.len() + 2)) {
                return Err(self.stack_overflow());
            }
            *window = method;
            std::ptr::copy_nonoverlapping(arguments.as_ptr(), window.add(1), arguments.len());
            if method.is_kind(Kind::Closure) {
                return self.enter_closure(method, window, arguments.len(), result);
            }
        }
        let value = self.call(method, arguments)?;
        // SAFETY: a register of the running frame.
        unsafe { *result = value };
        Ok(Called::Done)
    }

    /// `< <= > >=`
    pub fn order(&mut self, operator: OrderOperator, left: Value, right: Value) -> Result<bool, Thrown> {
        if let Some(result) = value::compare_with(&self.runtime, operator, left, right) {
            return Ok(result);
        }
        // `a > b` is asked as `b < a` where only the left side has `<`; by the rules of section 7 `>` follows from `<` of the left
        // operand's type, so the operands are swapped.
        let (symbol, first, second, negated) = match operator {
            OrderOperator::Less => ("<", left, right, false),
            OrderOperator::Greater => ("<", right, left, false),
            OrderOperator::LessEqual if self.record_method(left, "<=").is_some() => ("<=", left, right, false),
            OrderOperator::LessEqual => ("<", right, left, true),
            OrderOperator::GreaterEqual if self.record_method(right, "<=").is_some() => ("<=", right, left, false),
            OrderOperator::GreaterEqual => ("<", left, right, true),
        };
        if let Some((method, receiver)) = self.record_method(first, symbol) {
            let result = self.call(method, &[receiver, second])?;
            return Ok(result.is_truthy() != negated);
        }
        Err(value::order_error(&mut self.runtime, left, right))
    }

    /// `==`
    #[inline(never)]
    pub(super) fn equal(&mut self, left: Value, right: Value) -> Result<bool, Thrown> {
        value::equal(self, left, right)
    }

    // ------------------------------------------------------------ elements

    /// `object[index]`
    pub(super) fn get_index(&mut self, object: Value, index: Value, result: *mut Value) -> Result<Called, Thrown> {
        let value = match object.kind() {
            Some(Kind::List) => match (ListRef::of(object), index.to_int()) {
                (Some(list), Some(at)) => list.get_checked(&mut self.runtime, at)?,
                _ if index.is_kind(Kind::Range) => self.slice_by_range(object, index)?,
                _ => return self.wrong_index("a list", index),
            },
            Some(Kind::Map) => match MapRef::of(object).map(|map| map.get(self, index)).transpose()?.flatten() {
                Some(value) => value,
                None => {
                    let shown = self.repr_short(index)?;
                    let similar = similar_key(object, index);
                    let missing = self.fail(
                        ErrorKind::KeyError,
                        format!("the map has no key {shown}; use m.get(key) for nil, or m.has(key) to ask"),
                    );
                    return match similar {
                        Some(key) => missing
                            .map_err(|thrown: Thrown| thrown.with_help(&mut self.runtime, &format!("did you mean \"{key}\"?"))),
                        None => missing,
                    };
                }
            },
            Some(Kind::String) => match index.to_int() {
                Some(at) => {
                    let at = value::check_index(&mut self.runtime, "string", "bytes", at, object.string_length())?;
                    Value::inline_int(object.as_str().as_bytes()[at] as i64)
                }
                None if index.is_kind(Kind::Range) => self.slice_by_range(object, index)?,
                None => return self.wrong_index("a string", index),
            },
            Some(Kind::Range) => match (value::RangeParts::of(object), index.to_int()) {
                (Some(range), Some(at)) => {
                    let at = value::check_index(&mut self.runtime, "range", "elements", at, range.count() as usize)?;
                    let number = range.get(at as u64).unwrap_or_default();
                    self.runtime.int(number)
                }
                _ => return self.wrong_index("a range", index),
            },
            Some(Kind::Block | Kind::View) => {
                if let Some((method, receiver)) = self.record_method(object, "[]") {
                    return self.enter_operator(method, &[receiver, index], result);
                }
                if index.is_kind(Kind::Range) && self.runtime.slice_parts(object).is_some() {
                    self.slice_by_range(object, index)?
                } else {
                    self.runtime.get_index(object, index)?
                }
            }
            _ => return self.not_indexable(object),
        };
        // SAFETY: a register of the running frame.
        unsafe { *result = value };
        Ok(Called::Done)
    }

    fn slice_by_range(&mut self, object: Value, range: Value) -> Result<Value, Thrown> {
        let Some(parts) = value::RangeParts::of(range) else { return self.wrong_index("a list", range) };
        if parts.step != 1 {
            return self.fail(ErrorKind::ValueError, "only a range with the step 1 cuts a piece out");
        }
        let (start, end) = (self.runtime.int(parts.start), self.runtime.int(parts.end));
        self.get_slice(object, start, end, false)
    }

    fn wrong_index<T>(&mut self, what: &str, index: Value) -> Result<T, Thrown> {
        let name = self.runtime.type_name_of(index).to_string();
        self.fail(ErrorKind::TypeError, format!("{what} is indexed by an int; found {name}"))
    }

    fn not_indexable<T>(&mut self, object: Value) -> Result<T, Thrown> {
        let name = self.runtime.type_name_of(object).to_string();
        self.fail(ErrorKind::TypeError, format!("a value of type {name} has no elements"))
    }

    /// `object[index] = value`
    pub(super) fn set_index(&mut self, object: Value, index: Value, value: Value) -> Result<Called, Thrown> {
        match object.kind() {
            Some(Kind::List) => match (ListRef::of(object), index.to_int()) {
                (Some(list), Some(at)) => list.set_checked(&mut self.runtime, at, value)?,
                _ => return self.wrong_index("a list", index),
            },
            Some(Kind::Map) => {
                if let Some(map) = MapRef::of(object) {
                    map.insert(self, index, value)?;
                }
            }
            Some(Kind::Block | Kind::View) => {
                if let Some((method, receiver)) = self.record_method(object, "[]=") {
                    self.call(method, &[receiver, index, value])?;
                } else {
                    self.runtime.set_index(object, index, value)?;
                }
            }
            Some(Kind::String) => {
                return self.fail(ErrorKind::TypeError, "a string cannot be changed; build a new one, or work on s.bytes()");
            }
            _ => return self.not_indexable(object),
        }
        Ok(Called::Done)
    }

    pub(super) fn get_index_or_nil(&mut self, object: Value, index: Value) -> Result<Value, Thrown> {
        if let Some(map) = MapRef::of(object) {
            return Ok(map.get(self, index)?.unwrap_or(Value::NIL));
        }
        if let Some((method, receiver)) = self.record_method(object, "[]") {
            return self.call(method, &[receiver, index]);
        }
        let mut value = Value::NIL;
        self.get_index(object, index, &raw mut value)?;
        Ok(value)
    }

    /// `object[start..end]`
    pub(super) fn get_slice(&mut self, object: Value, start: Value, end: Value, is_inclusive: bool) -> Result<Value, Thrown> {
        let length = match object.kind() {
            Some(Kind::List) => ListRef::of(object).map_or(0, |list| list.len()),
            Some(Kind::String) => object.string_length(),
            Some(Kind::Block | Kind::View) if self.runtime.slice_parts(object).is_some() => {
                return self.runtime.get_part(object, start, end, is_inclusive);
            }
            Some(Kind::Block | Kind::View) if self.record_method(object, "[]").is_some() => {
                let range = self.new_range(start, end, is_inclusive)?;
                return self.get_index_or_nil(object, range);
            }
            _ => {
                let name = self.runtime.type_name_of(object).to_string();
                return self
                    .fail(ErrorKind::TypeError, format!("a value of type {name} has no pieces; lists, strings and slices have"));
            }
        };
        let mut bound = |value: Value, otherwise: i64| -> Result<i64, Thrown> {
            if value.is_nil() {
                return Ok(otherwise);
            }
            match value.to_int() {
                Some(number) => Ok(number),
                None => {
                    let name = self.runtime.type_name_of(value).to_string();
                    self.fail(ErrorKind::TypeError, format!("a piece goes from int to int; found {name}"))
                }
            }
        };
        let from = bound(start, 0)?;
        let mut to = bound(end, length as i64)?;
        if is_inclusive && !end.is_nil() {
            to = to.saturating_add(1);
        }
        match object.kind() {
            Some(Kind::List) => match ListRef::of(object) {
                Some(list) => self.runtime.slice_list(list, from, to),
                None => Ok(Value::NIL),
            },
            _ => self.runtime.slice_string(object, from, to),
        }
    }

    // ------------------------------------------------------------ new values

    pub(super) fn new_list(&mut self, from: *mut Value, count: usize) -> Result<Value, Thrown> {
        // SAFETY: `count` values stand at `from`.
        let values = unsafe { std::slice::from_raw_parts(from, count) };
        Ok(self.runtime.list_of(values)?.value())
    }

    pub(super) fn list_push_run(&mut self, list: Value, from: *mut Value, count: usize) -> Result<(), Thrown> {
        // SAFETY: `count` values stand at `from`.
        let values = unsafe { std::slice::from_raw_parts(from, count) };
        match ListRef::of(list) {
            Some(list) => list.extend(&mut self.runtime, values),
            None => Ok(()),
        }
    }

    pub(super) fn new_map(&mut self, from: *mut Value, pairs: usize) -> Result<Value, Thrown> {
        let map = self.runtime.new_map(pairs)?.value();
        let floor = self.runtime.held.len();
        self.runtime.held.push(map);
        let result = self.map_insert_run(map, from, pairs);
        self.runtime.held.truncate(floor);
        result.map(|()| map)
    }

    pub(super) fn map_insert_run(&mut self, map: Value, from: *mut Value, pairs: usize) -> Result<(), Thrown> {
        let Some(map) = MapRef::of(map) else { return Ok(()) };
        for index in 0..pairs {
            // SAFETY: `pairs` keys with their values stand at `from`.
            let (key, value) = unsafe { (*from.add(2 * index), *from.add(2 * index + 1)) };
            map.insert(self, key, value)?;
        }
        Ok(())
    }

    pub(super) fn new_range(&mut self, start: Value, end: Value, is_inclusive: bool) -> Result<Value, Thrown> {
        let (Some(from), Some(to)) = (start.to_int(), end.to_int()) else {
            return self.range_bounds_error(start, end);
        };
        if is_inclusive { self.runtime.new_range_inclusive(from, to) } else { Ok(self.runtime.new_range(from, to, 1)) }
    }

    /// The parts of an interpolation joined.
    pub(super) fn concat(&mut self, from: *mut Value, count: usize) -> Result<Value, Thrown> {
        // SAFETY: `count` values stand at `from`, registers that nothing else changes meanwhile.
        let values = unsafe { std::slice::from_raw_parts(from, count) };
        if values.iter().all(|v| v.is_string()) {
            return self.runtime.join_strings(values);
        }
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        let mut result = Ok(());
        for &value in values {
            result = value::write_str(self, value, &mut text);
            if result.is_err() {
                break;
            }
        }
        let string = result.and_then(|()| self.runtime.string(&text));
        if text.capacity() < 1 << 16 {
            self.scratch = text;
        }
        string
    }

    pub(super) fn format(&mut self, value: Value, constant: usize) -> Result<Value, Thrown> {
        let Constant::Format(format) = self.constant(constant) else { unreachable!("the verifier has checked the constant") };
        let mut text = String::new();
        value::format_value(self, value, &format, &mut text)?;
        self.runtime.string(&text)
    }

    pub(super) fn new_bytes(&mut self, constant: usize) -> Result<Value, Thrown> {
        let Constant::Bytes(bytes) = self.constant(constant) else { unreachable!("the verifier has checked the constant") };
        self.runtime.new_bytes(&bytes)
    }

    /// A constant of the running function as data.
    pub(super) fn constant(&self, index: usize) -> Constant {
        self.running().code.constants[index].clone()
    }

    // ------------------------------------------------------------ patterns

    /// Unpacks a list or slice into registers.
    pub(super) fn unpack(&mut self, source: Value, into: *mut Value, count: usize, has_rest: bool) -> Result<(), Thrown> {
        let length = match ListRef::of(source) {
            Some(list) => list.len(),
            None => match self.runtime.slice_parts(source) {
                Some(slice) => {
                    self.runtime.check_live(source)?;
                    slice.count
                }
                None => {
                    let name = self.runtime.type_name_of(source).to_string();
                    return self.fail(ErrorKind::TypeError, format!("only a list or slice can be taken apart; found {name}"));
                }
            },
        };
        if length < count || (length > count && !has_rest) {
            let hint = if length > count { "; `...rest` at the end takes what is left" } else { "" };
            let wanted = if has_rest { format!("{count} or more") } else { count.to_string() };
            return self.fail(ErrorKind::ValueError, format!("{wanted} elements were expected, and {length} found{hint}"));
        }
        let floor = self.runtime.held.len();
        for index in 0..count {
            let element = self.element_of(source, index)?;
            self.runtime.held.push(element);
        }
        if has_rest {
            let rest = self.list_rest(source, count)?;
            self.runtime.held.push(rest);
        }
        for index in 0..count + has_rest as usize {
            // SAFETY: that many registers stand at `into`.
            unsafe { *into.add(index) = self.runtime.held[floor + index] };
        }
        self.runtime.held.truncate(floor);
        Ok(())
    }

    fn element_of(&mut self, source: Value, index: usize) -> Result<Value, Thrown> {
        match ListRef::of(source).and_then(|list| list.get(index)) {
            Some(value) => Ok(value),
            None => self.runtime.slice_element(source, index),
        }
    }

    pub(super) fn matches_list(&mut self, subject: Value, count: usize, or_more: bool) -> Result<bool, Thrown> {
        let length = match ListRef::of(subject) {
            Some(list) => list.len(),
            None => match self.runtime.slice_parts(subject) {
                Some(slice) => {
                    self.runtime.check_live(subject)?;
                    slice.count
                }
                None => return Ok(false),
            },
        };
        Ok(if or_more { length >= count } else { length == count })
    }

    pub(super) fn list_rest(&mut self, source: Value, from: usize) -> Result<Value, Thrown> {
        if let Some(list) = ListRef::of(source) {
            return self.runtime.slice_list(list, from as i64, list.len() as i64);
        }
        let list = self.runtime.new_list(0)?;
        for index in from..self.runtime.slice_parts(source).map_or(0, |slice| slice.count) {
            let element = self.runtime.slice_element(source, index)?;
            list.push(&mut self.runtime, element)?;
        }
        Ok(list.value())
    }

    pub(super) fn match_key(&mut self, subject: Value, key: Value) -> Result<Value, Thrown> {
        match MapRef::of(subject) {
            Some(map) => Ok(map.get(self, key)?.unwrap_or(Value::UNDEFINED)),
            None => Ok(Value::UNDEFINED),
        }
    }

    /// `repr`, cut to a line's length, for messages.
    pub fn repr_short(&mut self, value: Value) -> Result<String, Thrown> {
        let mut text = String::new();
        value::write_repr(self, value, &mut text)?;
        if text.chars().count() > 60 {
            text = text.chars().take(57).collect::<String>() + "...";
        }
        Ok(text)
    }

    // ------------------------------------------------------------ types

    /// The number of the running function's type `index`.
    pub(super) fn resolve_type(&mut self, index: usize) -> Result<TypeId, Thrown> {
        let function = self.running();
        let known = function.types[index].get();
        if known != super::function::Function::UNRESOLVED {
            return Ok(TypeId(known));
        }
        let module = function.module;
        let id = self.describe(&function.code.types[index], module, &function.records)?;
        function.types[index].set(id.0);
        Ok(id)
    }

    pub(super) fn type_value(&mut self, index: usize) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        Ok(self.runtime.type_value(id))
    }

    /// `value is T`
    pub(super) fn is_type(&mut self, value: Value, index: usize) -> Result<bool, Thrown> {
        let id = self.resolve_type(index)?;
        Ok(self.runtime.is_of_type(value, id))
    }

    /// `value as T`
    pub(super) fn cast(&mut self, value: Value, index: usize) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        if Vm::is_script_function(value)
            && matches!(self.runtime.types.info(id).kind, crate::value::TypeKind::Function(_))
            && let Some(foreign) = self.foreign
        {
            return foreign.make_callback(self, value, id);
        }
        self.runtime.cast(value, id)
    }

    /// Checks an annotation: the value, converted where the annotation converts.
    pub(super) fn check_type(&mut self, value: Value, index: usize, what: u8, register: usize) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        // The common annotations are decided at once.
        if value.is_inline_int() && id == TypeId::INT || value.is_float() && id == TypeId::FLOAT || id == TypeId::ANY {
            return Ok(value);
        }
        if value.is_inline_int() && id == TypeId::FLOAT {
            return Ok(Value::float(value.as_inline_int() as f64));
        }
        let function = self.running();
        let place = match what {
            1 => {
                let rest = function.code.rest.as_deref().unwrap_or_default();
                let name = function.code.parameters.get(register).map_or(rest, |p| &p.name);
                format!("parameter `{name}` of {}", function.display_name())
            }
            2 => format!("the result of {}", function.display_name()),
            _ => match self.frames_inwards().next().and_then(|(function, at)| function.code.checked_variable(at)) {
                Some(name) => format!("the variable `{name}`"),
                None => "the variable".to_string(),
            },
        };
        self.runtime.check_annotation(value, id, &place)
    }

    pub(super) fn size_of(&mut self, index: usize, wants_align: bool) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        let bytes = if wants_align { self.runtime.align_of(id)? } else { self.runtime.size_of(id)? };
        Ok(self.runtime.int(bytes as i64))
    }

    pub(super) fn offset_of(&mut self, index: usize, path: usize) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        let Constant::Names(path) = self.constant(path) else { unreachable!("the verifier has checked the constant") };
        let offset = self.runtime.offset_of(id, &path)?;
        Ok(self.runtime.int(offset as i64))
    }

    // ------------------------------------------------------------ memory

    pub(super) fn make_record(&mut self, from: *mut Value, index: usize) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        let count = self.runtime.types.record(id).map_or(0, |record| record.fields.len());
        // SAFETY: one value for each field stands at `from`.
        let values = unsafe { std::slice::from_raw_parts(from, count) };
        self.runtime.construct(id, values)
    }

    pub(super) fn new_one(&mut self, index: usize, initial: Value) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        if initial.is_undefined() { self.runtime.new_one(id) } else { self.runtime.new_one_from(id, initial) }
    }

    pub(super) fn new_slice(&mut self, length: Value, list: Value, index: usize) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        if list.is_nil() {
            return self.runtime.new_slice(id, length);
        }
        let values = ListRef::of(list).map_or(Vec::new(), |list| list.values().to_vec());
        self.runtime.new_slice_from(id, length, &values)
    }

    /// One of the four forms of `new`, by `variant`, in an arena; its operands stand at `from`.
    pub(super) fn new_in_arena(&mut self, arena: Value, variant: u8, from: *mut Value, index: usize) -> Result<Value, Thrown> {
        let id = self.resolve_type(index)?;
        // SAFETY: the verifier has checked that the operands of the variant are registers.
        let operand = |at: usize| unsafe { *from.add(at) };
        match variant {
            0 => self.runtime.new_one_in_arena(arena, id, None),
            1 => self.runtime.new_one_in_arena(arena, id, Some(operand(0))),
            2 => self.runtime.new_slice_in_arena(arena, id, operand(0), None),
            _ => {
                let values = ListRef::of(operand(1)).map_or(Vec::new(), |list| list.values().to_vec());
                self.runtime.new_slice_in_arena(arena, id, operand(0), Some(&values))
            }
        }
    }
}

/// The number of a float or inline int.
#[inline(always)]
pub(super) fn quick_float(value: Value) -> Option<f64> {
    if value.is_inline_int() {
        Some(value.as_inline_int() as f64)
    } else if value.is_float() {
        Some(value.as_float())
    } else {
        None
    }
}

/// Quotient and remainder, by the quicker division where both are small and not negative.
#[inline(always)]
pub(super) fn quick_divide(x: i64, y: i64) -> (i64, i64) {
    if (x | y) as u64 >> 32 == 0 {
        let (x, y) = (x as u32, y as u32);
        ((x / y) as i64, (x % y) as i64)
    } else {
        (x / y, x % y)
    }
}

/// A key of the map that a missing one may have been meant for: the nearest text, or one that the missing one is a part of.
fn similar_key(map: Value, missing: Value) -> Option<String> {
    let missing = missing.to_str()?;
    let keys: Vec<&str> = MapRef::of(map)?.entries().filter_map(|(key, _)| key.to_str()).take(SIMILAR_KEYS).collect();
    let nearest = nearest_name(missing, keys.iter().copied());
    let part = || keys.iter().copied().find(|key| missing.len() > 2 && key.contains(missing));
    nearest.or_else(part).map(str::to_string)
}

/// So many keys are compared with a missing one.
const SIMILAR_KEYS: usize = 200;
