//! Calls that are more than entering a closure with as many arguments as it has parameters.
//!
//! A call's window holds the callee, then its arguments; the result takes the callee's place. A slow half either finishes
//! the call, or pushes the callee's frame and lets the loop go on in it.

use super::Vm;
use super::function::Function;
use super::module::PlannedCall;
use super::native::{Arguments, NativeEntry};
use super::signature::Signature;
use super::stack::{Frame, Role};
use crate::value::{
    BoundMethodObject, CFunctionObject, ClosureObject, ErrorKind, Kind, ListRef, NativeObject, Runtime, Thrown, TypeId, TypeKind,
    Value, nearest_name,
};
use std::rc::Rc;

/// How a slow half left a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Called {
    /// The result stands where it belongs.
    Done,
    /// A frame was pushed; the result comes when it returns.
    Pushed,
}

/// Arguments of a call from Rust.
pub trait MakeArguments {
    fn count(&self) -> usize;

    /// Makes the argument at an index; must not call back.
    fn make(&self, runtime: &mut Runtime, index: usize) -> Result<Value, Thrown>;
}

impl MakeArguments for &[Value] {
    #[inline(always)]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn make(&self, _runtime: &mut Runtime, index: usize) -> Result<Value, Thrown> {
        Ok(self[index])
    }
}

/// What a callee takes, for messages and named arguments.
struct Parameters {
    /// With `()`: `area()`, `Point()`.
    name: String,
    names: Vec<Rc<str>>,
    required: usize,
    has_rest: bool,
    /// How many of the last names can be given by name only.
    named_only: usize,
}

impl Vm {
    /// Notes what a planned call of C throws.
    #[cold]
    pub fn planned_call_threw(&mut self, thrown: Thrown) -> PlannedCall {
        self.thrown_by_planned_call = Some(thrown);
        PlannedCall::Threw
    }

    /// What the planned call that just ended threw.
    #[cold]
    pub(super) fn thrown_by_planned_call(&mut self) -> Thrown {
        match self.thrown_by_planned_call.take() {
            Some(thrown) => thrown,
            None => unreachable!("it was noted when the call threw"),
        }
    }

    /// [`Vm::call_value`] of what is a C function most likely.
    fn call_c_or_value(&mut self, window: *mut Value, count: usize) -> Result<Called, Thrown> {
        // SAFETY: the window is in the value stack and holds `count` arguments.
        unsafe {
            if let Some(foreign) = self.foreign
                && (*window).is_reference()
            {
                match foreign.call_planned(self, window, count) {
                    PlannedCall::Done => return Ok(Called::Done),
                    PlannedCall::NotPlanned => {}
                    PlannedCall::Threw => return Err(self.thrown_by_planned_call()),
                }
            }
        }
        self.call_value(window, count)
    }

    /// Calls what stands in a window with `count` arguments behind it.
    pub(super) fn call_value(&mut self, window: *mut Value, count: usize) -> Result<Called, Thrown> {
        // SAFETY: the window is in the value stack and holds `count` arguments.
        let callee = unsafe { *window };
        match callee.kind() {
            Some(Kind::Closure) => self.enter_closure(callee, window, count, window),
            Some(Kind::Native) => self.call_native(callee, window, count),
            Some(Kind::BoundMethod) => {
                let bound = callee.object::<BoundMethodObject>();
                // SAFETY: the kind says what the object is; one more value fits, because the stack keeps a reserve.
                unsafe {
                    std::ptr::copy(window.add(1), window.add(2), count);
                    *window.add(1) = (*bound).receiver;
                    *window = (*bound).function;
                }
                if callee_is_native(unsafe { *window }) {
                    return self.call_in_frame(window, count + 1);
                }
                self.call_value(window, count + 1)
            }
            Some(Kind::Type) => self.construct(callee, window, count),
            Some(Kind::CFunction | Kind::Callback) => {
                // SAFETY: as above.
                let arguments = unsafe { Arguments::new(window.add(1), count as u32, std::ptr::null()) };
                let foreign = self
                    .foreign
                    .ok_or(())
                    .or_else(|()| self.fail(ErrorKind::FFIError, "this program was built without calls to C"))?;
                let result = foreign.call(self, callee, arguments)?;
                // SAFETY: as above.
                unsafe { *window = result };
                Ok(Called::Done)
            }
            Some(Kind::Block | Kind::View) => match self.record_method(callee, "call") {
                Some((method, receiver)) => {
                    // SAFETY: as above.
                    unsafe {
                        std::ptr::copy(window.add(1), window.add(2), count);
                        *window.add(1) = receiver;
                        *window = method;
                    }
                    self.call_value(window, count + 1)
                }
                None => match self.foreign {
                    Some(foreign) if foreign.is_callable(self, callee) => {
                        // SAFETY: as above.
                        let arguments = unsafe { Arguments::new(window.add(1), count as u32, std::ptr::null()) };
                        let result = foreign.call(self, callee, arguments)?;
                        // SAFETY: as above.
                        unsafe { *window = result };
                        Ok(Called::Done)
                    }
                    _ => self.not_callable(callee),
                },
            },
            _ => self.not_callable(callee),
        }
    }

    fn not_callable<T>(&mut self, callee: Value) -> Result<T, Thrown> {
        let name = self.runtime.type_name_of(callee).to_string();
        let message = if callee.is_nil() {
            "nil cannot be called; was the function or method found?".to_string()
        } else {
            format!("a value of type {name} cannot be called")
        };
        self.fail(ErrorKind::TypeError, message)
    }

    /// Calls a builtin whose arguments stand in registers of the running frame.
    fn call_native(&mut self, callee: Value, window: *mut Value, count: usize) -> Result<Called, Thrown> {
        // SAFETY: the callee is a native, whose entry is static; the window holds `count` arguments.
        unsafe {
            let entry = &*((*callee.object::<NativeObject>()).entry as *const NativeEntry);
            if count < entry.minimum as usize || (count > entry.maximum as usize && entry.maximum != NativeEntry::ANY) {
                return self.wrong_count(callee, count);
            }
            *window = (entry.function)(self, Arguments::new(window.add(1), count as u32, std::ptr::null()))?;
        }
        Ok(Called::Done)
    }

    /// Enters a closure: fills in what was not given, collects the rest.
    pub(super) fn enter_closure(
        &mut self,
        closure: Value,
        window: *mut Value,
        count: usize,
        result: *mut Value,
    ) -> Result<Called, Thrown> {
        // SAFETY: closures refer to linked functions, which are never freed; the window holds `count` arguments, and the stack is checked
        // before registers beyond them are written.
        unsafe {
            let function = &*((*closure.object::<ClosureObject>()).function as *const Function);
            let parameters = function.parameter_count as usize;
            let base = window.add(1);
            let has_rest = function.code.rest.is_some();
            if count < function.required as usize || (count > parameters && !has_rest) {
                return self.wrong_count(closure, count);
            }
            if !self.stack.has_room(base.add(function.register_count as usize + 1)) {
                return Err(self.stack_overflow());
            }
            if has_rest {
                let extra = count.saturating_sub(parameters);
                let list = self.new_list(base.add(count - extra), extra)?;
                for index in count..parameters {
                    *base.add(index) = Value::UNDEFINED;
                }
                *base.add(parameters) = list;
            } else {
                for index in count..parameters {
                    *base.add(index) = Value::UNDEFINED;
                }
            }
            *window = closure;
            self.push_frame(function, base, result, Role::Call);
        }
        Ok(Called::Pushed)
    }

    /// Pushes a frame; the caller has checked that there is room.
    ///
    /// # Safety
    /// `base` has room for the function's registers, its parameters stand there, and the closure stands before it.
    pub(super) unsafe fn push_frame(&mut self, function: *const Function, base: *mut Value, result: *mut Value, role: Role) {
        // SAFETY: the caller's promise, and the frame stack has room.
        unsafe {
            let frame = self.stack.top.add(1);
            frame.write(Frame { function, ip: (*function).instructions.as_ptr(), base, result, role });
            self.stack.top = frame;
        }
    }

    /// Pops the top frame.
    pub(super) fn leave_frame(&mut self) {
        debug_assert!(self.stack.depth() > 0);
        // SAFETY: there is a top frame.
        unsafe { self.stack.top = self.stack.top.sub(1) };
    }

    /// Calls a function from Rust: see `Host::call`.
    pub(super) fn call_from_rust(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
        self.call_with(function, arguments)
    }

    /// Calls a function with arguments, each of which is made where it belongs.
    #[inline(always)]
    pub fn call_with(&mut self, function: Value, arguments: impl MakeArguments) -> Result<Value, Thrown> {
        let count = arguments.count();
        self.check_machine_stack()?;
        let window = self.stack.free();
        // SAFETY: there is room for the window and for the callee's registers, or the call fails.
        unsafe {
            if !self.stack.has_room(window.add(count + 2)) {
                return Err(self.stack_overflow());
            }
            *window = function;
            for index in 0..count {
                *window.add(index + 1) = arguments.make(&mut self.runtime, index)?;
            }
            if function.is_kind(Kind::Closure) {
                let code = (*function.object::<ClosureObject>()).function as *const Function;
                if (*code).is_simple
                    && (*code).parameter_count as usize == count
                    && self.stack.has_room(window.add((*code).register_count as usize + 2))
                {
                    self.push_frame(code, window.add(1), window, Role::Entry);
                    return self.run();
                }
            }
        }
        self.call_above(function, window, count)
    }

    /// Calls a function that stands, with its arguments, above the registers of the running frame.
    #[inline(never)]
    fn call_above(&mut self, function: Value, window: *mut Value, count: usize) -> Result<Value, Thrown> {
        if function.is_kind(Kind::Closure) {
            return match self.enter_closure(function, window, count, window)? {
                // SAFETY: the call's result stands in its window.
                Called::Done => Ok(unsafe { *window }),
                Called::Pushed => {
                    // SAFETY: a frame was just pushed.
                    unsafe { (*self.stack.top).role = Role::Entry };
                    self.run_nested()
                }
            };
        }
        self.call_in_frame(window, count)?;
        // SAFETY: as above.
        Ok(unsafe { *window })
    }

    /// Calls what stands in a window above the registers of the running frame: a frame of its own makes its arguments roots.
    /// The call is finished when this returns.
    fn call_in_frame(&mut self, window: *mut Value, count: usize) -> Result<Called, Thrown> {
        // SAFETY: the window holds `count` arguments; frames are pushed only where there is room.
        unsafe {
            if !self.stack.has_room(window.add(count + 2)) {
                return Err(self.stack_overflow());
            }
            let holder = self.holder(count + 1);
            self.push_frame(holder, window.add(1), window, Role::Entry);
            let depth = self.stack.depth();
            let outcome = match self.call_c_or_value(window, count) {
                Ok(Called::Pushed) => {
                    (*self.stack.top).role = Role::Entry;
                    self.run_nested().map(|value| *window = value)
                }
                Ok(Called::Done) => Ok(()),
                Err(thrown) => {
                    // The frames it stands in are needed for the trace, so it is noted before they go.
                    self.note_thrown(&thrown);
                    Err(thrown)
                }
            };
            debug_assert!(self.stack.depth() == depth);
            self.leave_frame();
            outcome.map(|()| Called::Done)
        }
    }

    /// Runs the top frame in a loop of its own.
    pub(super) fn run_nested(&mut self) -> Result<Value, Thrown> {
        if let Err(thrown) = self.check_machine_stack() {
            self.note_thrown(&thrown);
            self.leave_frame();
            return Err(thrown);
        }
        self.run()
    }

    /// `R[a](positional…, name: value…)`
    pub(super) fn call_named(&mut self, window: *mut Value, count: usize, names: usize) -> Result<Called, Thrown> {
        let crate::bytecode::Constant::Names(names) = self.constant(names) else {
            unreachable!("the verifier has checked the constant")
        };
        self.call_with_names(window, count, &names)
    }

    fn call_with_names(&mut self, window: *mut Value, count: usize, names: &[Rc<str>]) -> Result<Called, Thrown> {
        // SAFETY: the window holds the callee and `count` arguments.
        let (mut callee, mut values) = unsafe { (*window, std::slice::from_raw_parts(window.add(1), count).to_vec()) };
        let mut positional = count - names.len();
        if callee.is_kind(Kind::BoundMethod) {
            let bound = callee.object::<BoundMethodObject>();
            // SAFETY: the kind says what the object is.
            unsafe {
                values.insert(0, (*bound).receiver);
                callee = (*bound).function;
            }
            positional += 1;
        } else if matches!(callee.kind(), Some(Kind::Block | Kind::View))
            && let Some((method, receiver)) = self.record_method(callee, "call")
        {
            values.insert(0, receiver);
            callee = method;
            positional += 1;
        }
        if let Some(type_id) = Runtime::type_of_value(callee)
            && let TypeKind::Record(record) = &self.runtime.types.info(type_id).kind
        {
            callee = record.constructor.get();
            if callee.is_nil() {
                let result = self.runtime.construct_named(type_id, &values, names)?;
                // SAFETY: the window holds the callee.
                unsafe { *window = result };
                return Ok(Called::Done);
            }
        }
        let Some(parameters) = self.parameters(callee) else {
            return match callee.kind() {
                Some(Kind::CFunction | Kind::Callback) => {
                    self.fail(ErrorKind::TypeError, "a C function takes no named arguments; write them in order")
                }
                _ => self.not_callable(callee),
            };
        };
        let given = values.split_off(positional);
        let plain = parameters.names.len() - parameters.named_only;
        let mut by_name: Vec<Option<Value>> = vec![None; parameters.names.len()];
        for (name, value) in names.iter().zip(given) {
            let Some(index) = parameters.names.iter().position(|n| n == name) else {
                let known = parameters.names.iter().map(|n| &**n);
                let hint = nearest_name(name, known).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return self.fail(
                    ErrorKind::TypeError,
                    format!("{} has no parameter `{name}`; it takes {}{hint}", parameters.name, parameters.describe()),
                );
            };
            if index < positional.min(plain) || by_name[index].is_some() {
                return self.fail(ErrorKind::TypeError, format!("{} was given `{name}` twice", parameters.name));
            }
            by_name[index] = Some(value);
        }
        let last = by_name[..plain].iter().rposition(Option::is_some).map_or(positional, |last| positional.max(last + 1));
        for index in positional..last {
            match by_name.get(index).copied().flatten() {
                Some(value) => values.push(value),
                None if index < parameters.required => {
                    let missing = Rc::clone(&parameters.names[index]);
                    return self.fail(
                        ErrorKind::TypeError,
                        format!("{} is missing the argument `{missing}`; it takes {}", parameters.name, parameters.describe()),
                    );
                }
                None => values.push(Value::UNDEFINED),
            }
        }
        let named: Vec<Value> = by_name[plain..].iter().map(|v| v.unwrap_or(Value::UNDEFINED)).collect();
        // SAFETY: the window is at the top of the running frame; the stack keeps a reserve, and large counts are checked.
        unsafe {
            if !self.stack.has_room(window.add(values.len() + named.len() + 2)) {
                return Err(self.stack_overflow());
            }
            *window = callee;
            std::ptr::copy_nonoverlapping(values.as_ptr(), window.add(1), values.len());
            if parameters.named_only > 0 || callee.is_kind(Kind::Native) {
                let count = values.len();
                std::ptr::copy_nonoverlapping(named.as_ptr(), window.add(1 + count), named.len());
                let entry = &*((*callee.object::<NativeObject>()).entry as *const NativeEntry);
                if count < entry.minimum as usize || (count > entry.maximum as usize && entry.maximum != NativeEntry::ANY) {
                    return self.wrong_count(callee, count);
                }
                let holder = self.holder(count + named.len() + 1);
                self.push_frame(holder, window.add(1), window, Role::Entry);
                let behind = if named.is_empty() { std::ptr::null() } else { window.add(1 + count) as *const Value };
                let result = (entry.function)(self, Arguments::new(window.add(1), count as u32, behind));
                if let Err(thrown) = &result {
                    self.note_thrown(thrown);
                }
                self.leave_frame();
                *window = result?;
                return Ok(Called::Done);
            }
        }
        self.call_value(window, values.len())
    }

    /// `R[a](...R[a+1], name: value…)`
    pub(super) fn call_spread(&mut self, window: *mut Value, named: usize, names: usize) -> Result<Called, Thrown> {
        // SAFETY: the window holds the callee, a list and `named` values; more room is checked before it is used.
        unsafe {
            let list = *window.add(1);
            let count = ListRef::of(list).map_or(0, |list| list.len());
            if count > 1_000_000 || !self.stack.has_room(window.add(count + named + 2)) {
                return self
                    .fail(ErrorKind::ValueError, format!("a call takes fewer arguments than {count}; pass a list instead"));
            }
            let values: Vec<Value> = std::slice::from_raw_parts(window.add(2), named).to_vec();
            for index in 0..count {
                *window.add(1 + index) = ListRef::of(list).and_then(|list| list.get(index)).unwrap_or(Value::NIL);
            }
            std::ptr::copy_nonoverlapping(values.as_ptr(), window.add(1 + count), named);
            let callee = *window;
            // The arguments may reach above the frame's registers: a callee that is no closure gets a frame that holds them.
            if named > 0 {
                self.call_named(window, count + named, names)
            } else if callee.is_kind(Kind::Closure) {
                self.enter_closure(callee, window, count, window)
            } else {
                self.call_in_frame(window, count)
            }
        }
    }

    /// Calls a type: a constructor, a conversion.
    fn construct(&mut self, type_value: Value, window: *mut Value, count: usize) -> Result<Called, Thrown> {
        let type_id = Runtime::type_of_value(type_value).unwrap_or(TypeId::VOID);
        let record = match &self.runtime.types.info(type_id).kind {
            TypeKind::Record(record) => Rc::clone(record),
            _ => {
                return match self.library.constructors.get(&type_id).copied() {
                    Some(conversion) => {
                        // SAFETY: the window holds the callee.
                        unsafe { *window = conversion };
                        self.call_value(window, count)
                    }
                    None => {
                        let name = Rc::clone(&self.runtime.types.info(type_id).name);
                        // As the script calls it: behind an alias, or by another name of the type.
                        let call = self.source_text_from_path(self.current_range());
                        let written = call.split_once('(').map_or("", |(callee, _)| callee.trim());
                        let written = if written.is_empty() { &*name } else { written };
                        self.fail(
                            ErrorKind::TypeError,
                            format!("the type {name} cannot be called; to make one in memory write `new {written}`"),
                        )
                    }
                };
            }
        };
        let constructor = record.constructor.get();
        if constructor.is_nil() {
            // SAFETY: the window holds `count` values.
            let values = unsafe { std::slice::from_raw_parts(window.add(1), count) };
            let result = if count == record.fields.len() && record.is_plain_object {
                self.runtime.construct(type_id, values)?
            } else {
                self.runtime.construct_named(type_id, values, &[])?
            };
            // SAFETY: as above.
            unsafe { *window = result };
            Ok(Called::Done)
        } else {
            self.enter_closure(constructor, window, count, window)
        }
    }

    /// What a callee takes; `None` for what has no named parameters.
    fn parameters(&mut self, callee: Value) -> Option<Parameters> {
        match callee.kind()? {
            Kind::Closure => {
                // SAFETY: closures refer to linked functions, which are never freed.
                let function = unsafe { &*((*callee.object::<ClosureObject>()).function as *const Function) };
                let code = &function.code;
                Some(Parameters {
                    name: format!("{}()", function.display_name()),
                    names: code.parameters.iter().map(|p| Rc::clone(&p.name)).collect(),
                    required: code.required as usize,
                    has_rest: code.rest.is_some(),
                    named_only: 0,
                })
            }
            Kind::Native => {
                // SAFETY: the kind says what the object is; entries are static.
                let entry = unsafe { &*((*callee.object::<NativeObject>()).entry as *const NativeEntry) };
                let signature = Signature::parse(entry);
                Some(Parameters {
                    name: format!("{}()", entry.name),
                    named_only: signature.named_only,
                    required: entry.minimum as usize,
                    has_rest: signature.has_rest,
                    names: signature.names,
                })
            }
            Kind::CFunction => {
                // SAFETY: the kind says what the object is.
                let (name, parameters) = unsafe {
                    let function = &*callee.object::<CFunctionObject>();
                    (function.name, function.parameters)
                };
                let names: Vec<Rc<str>> = ListRef::of(parameters)?.values().iter().map(|name| name.as_str().into()).collect();
                Some(Parameters {
                    name: format!("{}()", name.as_str()),
                    required: names.len(),
                    names,
                    has_rest: false,
                    named_only: 0,
                })
            }
            Kind::Type => {
                let type_id = Runtime::type_of_value(callee)?;
                let info = self.runtime.types.info(type_id);
                if let TypeKind::Record(record) = &info.kind {
                    let record = Rc::clone(record);
                    return Some(Parameters {
                        name: format!("{}()", record.name),
                        names: record.fields.iter().map(|field| Rc::clone(&field.name)).collect(),
                        required: 0,
                        has_rest: false,
                        named_only: 0,
                    });
                }
                let conversion = self.library.constructors.get(&type_id).copied()?;
                self.parameters(conversion)
            }
            _ => None,
        }
    }

    #[cold]
    fn wrong_count<T>(&mut self, callee: Value, count: usize) -> Result<T, Thrown> {
        let Some(parameters) = self.parameters(callee) else {
            return self.fail(ErrorKind::TypeError, format!("wrong number of arguments: {count}"));
        };
        // SAFETY: closures refer to linked functions.
        let is_method = match callee.kind() {
            Some(Kind::Closure) => unsafe { (&*((*callee.object::<ClosureObject>()).function as *const Function)).code.has_self },
            _ => parameters.names.first().is_some_and(|n| &**n == "self"),
        };
        let given = count - (is_method && count > 0) as usize;
        let were = if given == 1 { "1 was" } else { &format!("{given} were") };
        let message = format!("{} takes {}, but {were} given", parameters.name, parameters.describe());
        self.fail(ErrorKind::TypeError, message)
    }
}

fn callee_is_native(callee: Value) -> bool {
    callee.is_kind(Kind::Native)
}

impl Parameters {
    /// `2 arguments (a, b)`, `1 to 3 arguments (s, sep, limit)`, `no arguments`.
    fn describe(&self) -> String {
        let shown: Vec<&str> = self.names.iter().map(|n| &**n).filter(|n| *n != "self").collect();
        let hidden = self.names.len() - shown.len();
        let most = shown.len() - self.named_only;
        let least = self.required.saturating_sub(hidden).min(most);
        let count = if self.has_rest {
            if least == 0 { "any number of arguments".to_string() } else { format!("{least} or more arguments") }
        } else if least == most {
            match most {
                0 => return "no arguments".to_string(),
                1 => "1 argument".to_string(),
                _ => format!("{most} arguments"),
            }
        } else {
            format!("{least} to {most} arguments")
        };
        if shown.is_empty() { count } else { format!("{count} ({})", shown.join(", ")) }
    }
}
