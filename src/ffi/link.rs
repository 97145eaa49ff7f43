//! From the declarations of an extern block to values.

use super::block::{Block, Ffi};
use super::call::c_function;
use super::contract::{Contracts, Factor, Failure, SizeRule, not_declared};
use super::library::LoadedLibrary;
use super::owned::no_release_function;
use super::plan::Plan;
use super::variable::Variable;
use crate::bytecode::{ExternBlock, ExternFunction, ExternParameter, ExternVariable};
use crate::heap::Shape;
use crate::value::{CFunctionObject, ErrorKind, FunctionType, Kind, Runtime, Thrown, TypeId, TypeKind, TypeResolver, Value};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

/// What an extern block gives its module.
#[derive(Debug)]
pub struct LinkedBlock {
    pub block: Rc<Block>,
    /// One value for each function of the block, in order; the caller roots them before anything can collect.
    pub functions: Vec<Value>,
    /// One for each variable of the block, in order.
    pub variables: Vec<Variable>,
}

/// An extern function; never freed once it is made, as code is.
#[derive(Debug)]
pub(super) struct CFunction {
    pub name: Rc<str>,
    symbol: Rc<str>,
    pub signature: FunctionType,
    pub block: Rc<Block>,
    /// What its attributes say, or what is wrong with them.
    contracts: Result<Contracts, String>,
    /// The functions of the unit, by name, which contracts may name; set when all blocks are linked.
    pub neighbours: OnceCell<Rc<HashMap<Rc<str>, Value>>>,
    /// Where it is declared, as errors hold it.
    place: (u32, u32),
    bound: OnceCell<(usize, Plan)>,
}

impl Ffi {
    /// Makes the values of an extern block. No library is loaded yet. `base` is the directory of the source file;
    /// `unit_variables` are those of the whole unit, which the block names by number.
    pub fn link_block(
        self: &Rc<Self>,
        runtime: &mut Runtime,
        declared: &ExternBlock,
        unit_variables: &[ExternVariable],
        base: Option<PathBuf>,
        resolver: &mut dyn TypeResolver,
    ) -> Result<LinkedBlock, Thrown> {
        runtime.types.bind_function = Some(bind_function);
        let block = Rc::new(Block::new(self.clone(), declared.libraries.clone(), base));
        let mut functions = Vec::with_capacity(declared.functions.len());
        for function in &declared.functions {
            functions.push(link_function(runtime, &block, function, resolver)?);
        }
        let mut variables = Vec::with_capacity(declared.variables.len());
        for &index in &declared.variables {
            let variable = &unit_variables[index as usize];
            let type_id = runtime.describe_or_throw(&variable.description, resolver)?;
            variables.push(Variable::new(variable.name.clone(), variable.symbol.clone(), type_id, block.clone()));
        }
        Ok(LinkedBlock { block, functions, variables })
    }
}

fn link_function(
    runtime: &mut Runtime,
    block: &Rc<Block>,
    function: &ExternFunction,
    resolver: &mut dyn TypeResolver,
) -> Result<Value, Thrown> {
    let mut parameters = Vec::with_capacity(function.parameters.len());
    for parameter in &function.parameters {
        parameters.push(runtime.describe_or_throw(&parameter.description, resolver)?);
    }
    let mut result = runtime.describe_or_throw(&function.result, resolver)?;
    let contracts = Contracts::of(function).and_then(|contracts| {
        check_contracts(runtime, &contracts, &function.parameters, &parameters, result).map(|()| contracts)
    });
    if contracts.as_ref().is_ok_and(|contracts| contracts.is_text) {
        result = TypeId::CSTR;
    }
    let signature = FunctionType { parameters, is_variadic: function.is_variadic, result };
    let function_type = runtime.types.function(signature.clone());
    let declared = Box::leak(Box::new(CFunction {
        name: function.name.clone(),
        symbol: function.symbol.clone(),
        signature,
        block: block.clone(),
        contracts,
        neighbours: OnceCell::new(),
        place: (function.range.start, function.range.end),
        bound: OnceCell::new(),
    }));
    let outs = declared.contracts.as_ref().map(|contracts| &contracts.parameters[..]).unwrap_or_default();
    let left_out = outs
        .iter()
        .enumerate()
        .filter(|(_, contract)| contract.is_out)
        .fold(0u128, |bits, (i, _)| bits | 1u128.checked_shl(i as u32).unwrap_or(0));
    let name = runtime.string_lossy(&function.name);
    let parameters: Vec<Value> = function.parameters.iter().map(|parameter| runtime.string_lossy(&parameter.name)).collect();
    let parameters = runtime.list_of(&parameters)?.value();
    let object = runtime.new_object::<CFunctionObject>(Kind::CFunction, Shape::Words, TypeId::FUNCTION);
    // SAFETY: `new_object` gave a live object of this layout; `meta` shrinks to the two words that are values.
    unsafe {
        (*object).header.meta = 2 * size_of::<Value>() as u64;
        (*object).name = name;
        (*object).parameters = parameters;
        (*object).function = std::ptr::from_ref(declared).cast();
        (*object).function_type = function_type.0 as u64;
        (*object).left_out = left_out;
    }
    Ok(Value::of_object(object))
}

/// Whether contracts stand where they mean something.
fn check_contracts(
    runtime: &Runtime,
    contracts: &Contracts,
    names: &[ExternParameter],
    parameters: &[TypeId],
    result: TypeId,
) -> Result<(), String> {
    let is_pointer = |id: TypeId| matches!(runtime.types.info(id).kind, TypeKind::Pointer { .. });
    if contracts.owned.is_some() && !is_pointer(result) {
        return Err(format!("@owned stands on a pointer result, not on {}", runtime.types.name(result)));
    }
    for (i, (contract, &id)) in contracts.parameters.iter().zip(parameters).enumerate() {
        let name = runtime.types.name(id);
        let number = i + 1;
        if contract.is_out {
            let target = runtime.types.info(runtime.types.info(id).target);
            if !is_pointer(id) || !target.has_layout() {
                return Err(format!("parameter {number}: @out stands on a pointer to what has a size, not on {name}"));
            }
            if target.holds_managed {
                return Err(format!("parameter {number}: @out gives {name}, which holds managed values that C cannot make"));
            }
        }
        if contract.owned.is_some() && !(contract.is_out && is_pointer(runtime.types.info(id).target)) {
            return Err(format!("parameter {number}: @owned stands on an @out parameter that gives a pointer, not on {name}"));
        }
        if contract.sized_by.is_some() && !is_pointer(id) && id != TypeId::CSTR {
            return Err(format!("parameter {number}: @sized_by stands on a pointer, not on {name}"));
        }
        if let Some(rule) = &contract.sized_by {
            check_size_rule(runtime, rule, parameters, names)?;
        }
        let is_function = matches!(runtime.types.info(id).kind, TypeKind::Function(_));
        if contract.on_error.is_some() && !is_function {
            return Err(format!("parameter {number}: @on_error stands on a C function, not on {name}"));
        }
        if contract.is_nonnull && !(is_pointer(id) || is_function || id == TypeId::CSTR) {
            return Err(format!("parameter {number}: @nonnull stands on a pointer, not on {name}"));
        }
        if contract.is_kept && runtime.types.info(id).pointers.is_empty() && id != TypeId::CSTR {
            return Err(format!("parameter {number}: @keeps stands on a pointer, not on {name}"));
        }
    }
    check_failure_result(runtime, contracts, result)
}

/// Whether each factor of a `@sized_by` is an int, or points to one.
fn check_size_rule(runtime: &Runtime, rule: &SizeRule, parameters: &[TypeId], names: &[ExternParameter]) -> Result<(), String> {
    let is_integer = |id: TypeId| runtime.types.info(id).integer().is_some();
    for &factor in &rule.factors {
        let (index, is_pointee) = match factor {
            Factor::Parameter(index) => (index, false),
            Factor::Pointee(index) => (index, true),
            Factor::Number(_) => continue,
        };
        let (name, id) = (&names[index].name, parameters[index]);
        let info = runtime.types.info(id);
        let points_to_integer = matches!(info.kind, TypeKind::Pointer { .. }) && is_integer(info.target);
        if is_pointee && !points_to_integer {
            return Err(format!("@sized_by({}): *{name} is no int, for {name} is a {}", rule.text, info.name));
        }
        if !is_pointee && !is_integer(id) {
            let hint = if points_to_integer { format!("; write *{name} for what it points to") } else { String::new() };
            return Err(format!("@sized_by({}) needs an int, and {name} is a {}{hint}", rule.text, info.name));
        }
    }
    Ok(())
}

/// Whether the function has a result that `@throws` can tell a failure by.
fn check_failure_result(runtime: &Runtime, contracts: &Contracts, result: TypeId) -> Result<(), String> {
    let info = runtime.types.info(result);
    let is_signed = info.integer().map(|(_, is_signed)| is_signed);
    let is_address = matches!(info.kind, TypeKind::Pointer { .. } | TypeKind::Function(_)) || result == TypeId::CSTR;
    match contracts.failure {
        Some(Failure::NonZero | Failure::Negative) if is_signed.is_none() => {
            Err(format!("@throws(nonzero) and @throws(negative) stand on an integer result, not on {}", info.name))
        }
        Some(Failure::Negative) if is_signed == Some(false) => {
            Err(format!("@throws(negative) stands on a result that can be negative, not on {}", info.name))
        }
        Some(Failure::Errno) if is_signed.is_none() && !is_address => {
            Err(format!("@throws stands on an integer or pointer result, not on {}", info.name))
        }
        _ => Ok(()),
    }
}

impl CFunction {
    /// Its address and plan, once it was called.
    #[inline(always)]
    pub fn bound(&self) -> Option<(usize, &Plan)> {
        self.bound.get().map(|(address, plan)| (*address, plan))
    }

    /// Looks the symbol up and makes the plan, unless both are there.
    #[inline]
    pub fn bind(&self, runtime: &mut Runtime) -> Result<(usize, &Plan), Thrown> {
        match self.bound.get() {
            Some((address, plan)) => Ok((*address, plan)),
            None => self.bind_slow(runtime),
        }
    }

    #[cold]
    fn bind_slow(&self, runtime: &mut Runtime) -> Result<(usize, &Plan), Thrown> {
        let contracts = match &self.contracts {
            Ok(contracts) => contracts.clone(),
            Err(why) => return self.refuse(runtime, why),
        };
        self.check_neighbours(runtime, &contracts)?;
        let plan = match Plan::new(&runtime.types, self.name.clone(), &self.signature, contracts, self.block.ffi.config.by_libffi)
        {
            Ok(plan) => plan,
            Err(why) => return self.refuse(runtime, &why),
        };
        let address = self.block.symbol(runtime, &self.symbol)?;
        if LoadedLibrary::is_function(address) == Some(false) {
            return self.refuse(runtime, "the library has a variable of this name, not a function; declare it with `var`");
        }
        if let [only] = &plan.parameters[..] {
            only.releases_at.set(address);
        }
        let (address, plan) = self.bound.get_or_init(|| (address, plan));
        Ok((*address, plan))
    }

    /// Whether the C functions that contracts name are declared: C is not called before it is known how to go on afterwards.
    fn check_neighbours(&self, runtime: &mut Runtime, contracts: &Contracts) -> Result<(), Thrown> {
        if contracts.owned.is_some() {
            self.release(runtime, None)?;
        }
        for (i, _) in contracts.parameters.iter().enumerate().filter(|(_, contract)| contract.owned.is_some()) {
            self.release(runtime, Some(i))?;
        }
        let Some(text) = &contracts.failure_text else { return Ok(()) };
        let Some(function) = self.neighbour(text) else {
            let why = not_declared(&format!("text: {text}"));
            return self.refuse(runtime, &why);
        };
        let takes_status = match c_function(function).signature.parameters[..] {
            [] => true,
            [status] => runtime.types.info(status).integer().is_some(),
            _ => false,
        };
        if takes_status {
            return Ok(());
        }
        let why = format!(
            "text: {text} takes a C function from the status to its text, or one that takes nothing; {text} takes ({})",
            names_of(runtime, &c_function(function).signature.parameters)
        );
        self.refuse(runtime, &why)
    }

    /// The C function that releases the result, or what the `@out` parameter at an index gives.
    pub fn release(&self, runtime: &mut Runtime, parameter: Option<usize>) -> Result<Value, Thrown> {
        let name = match (&self.contracts, parameter) {
            (Ok(contracts), None) => contracts.owned.clone(),
            (Ok(contracts), Some(index)) => contracts.parameter(index).and_then(|contract| contract.owned.clone()),
            (Err(_), _) => None,
        };
        let name = name.unwrap_or_default();
        match self.neighbour(&name) {
            Some(function) if c_function(function).signature.parameters.len() == 1 => Ok(function),
            Some(_) => {
                let message = format!("{}: @owned({name}) takes a C function of one parameter", self.name);
                runtime.fail(ErrorKind::FFIError, message)
            }
            None => no_release_function(runtime, &self.name, &name),
        }
    }

    /// The C function of `@throws(…, text: f)`.
    pub fn text_function(&self) -> Option<Value> {
        let name = self.contracts.as_ref().ok()?.failure_text.as_ref()?;
        self.neighbour(name)
    }

    /// A C function that the same unit declares; an alias before its name counts for nothing.
    fn neighbour(&self, name: &str) -> Option<Value> {
        let name = name.rsplit('.').next().unwrap_or(name);
        self.neighbours.get()?.get(name).copied()
    }

    /// The type of its first parameter.
    pub fn first_parameter(&self) -> TypeId {
        self.signature.parameters.first().copied().unwrap_or(TypeId::VOID)
    }

    /// The error that the declaration asks for what is not supported, at its own place.
    fn refuse<T>(&self, runtime: &mut Runtime, why: &str) -> Result<T, Thrown> {
        let refused = runtime.fail(ErrorKind::FFIError, format!("{}: {why}", self.name));
        if let Err(Thrown::Value(error)) = &refused
            && error.is_kind(Kind::Error)
        {
            let object = error.object::<crate::value::ErrorObject>();
            // SAFETY: the kind says that an `ErrorObject` is there; the new fields are ints, not references.
            unsafe {
                (*object).range_start = Value::inline_int(self.place.0 as i64);
                (*object).range_end = Value::inline_int(self.place.1 as i64);
            }
        }
        refused
    }
}

/// The names of types, as a list of parameters shows them.
fn names_of(runtime: &Runtime, types: &[TypeId]) -> String {
    types.iter().map(|&id| &**runtime.types.name(id)).collect::<Vec<_>>().join(", ")
}

/// The code address of an extern function: what it is when C is given it.
fn bind_function(runtime: &mut Runtime, function: Value) -> Result<usize, Thrown> {
    c_function(function).bind(runtime).map(|(address, _)| address)
}
