//! From the declarations of an extern block to values.

use super::block::{Block, Ffi};
use super::call::c_function;
use super::plan::{Failure, Plan};
use super::variable::Variable;
use crate::bytecode::{Contract, ExternBlock, ExternFunction, ExternVariable};
use crate::heap::Shape;
use crate::value::{CFunctionObject, ErrorKind, FunctionType, Kind, Runtime, Thrown, TypeId, TypeResolver, Value};
use std::cell::OnceCell;
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
    /// Which results its `@throws` makes errors of.
    pub failure: Option<Failure>,
    /// What its declaration says that is not supported.
    refusal: Option<String>,
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
    let result = runtime.describe_or_throw(&function.result, resolver)?;
    let signature = FunctionType { parameters, is_variadic: function.is_variadic, result };
    let function_type = runtime.types.function(signature.clone());
    let failure = function.contracts.iter().find_map(failure_of);
    let is_known = |contract: &&Contract| &*contract.name == "symbol" || failure_of(contract).is_some();
    let refused = function.contracts.iter().find(|contract| !is_known(contract));
    let refused = refused.or_else(|| function.parameters.iter().flat_map(|p| &p.contracts).next());
    let declared = Box::leak(Box::new(CFunction {
        name: function.name.clone(),
        symbol: function.symbol.clone(),
        signature,
        block: block.clone(),
        refusal: refused.map(|contract| {
            let arguments = contract.arguments.join(", ");
            let arguments = if arguments.is_empty() { arguments } else { format!("({arguments})") };
            format!("@{}{arguments} is not supported by this version", contract.name)
        }),
        failure,
        place: (function.range.start, function.range.end),
        bound: OnceCell::new(),
    }));
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
    }
    Ok(Value::of_object(object))
}

/// What a `@throws` says.
fn failure_of(contract: &Contract) -> Option<Failure> {
    if &*contract.name != "throws" {
        return None;
    }
    match contract.arguments.iter().map(|text| &**text).collect::<Vec<_>>()[..] {
        [] => Some(Failure::Errno),
        ["nonzero"] => Some(Failure::NonZero),
        ["negative"] => Some(Failure::Negative),
        _ => None,
    }
}

impl CFunction {
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
        if let Some(refusal) = &self.refusal {
            return self.refuse(runtime, refusal);
        }
        let plan = match Plan::new(runtime, &self.signature) {
            Ok(plan) => plan,
            Err(why) => return self.refuse(runtime, &why),
        };
        let address = self.block.symbol(runtime, &self.symbol)?;
        let (address, plan) = self.bound.get_or_init(|| (address, plan));
        Ok((*address, plan))
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

/// The code address of an extern function: what it is when C is given it.
fn bind_function(runtime: &mut Runtime, function: Value) -> Result<usize, Thrown> {
    c_function(function).bind(runtime).map(|(address, _)| address)
}
