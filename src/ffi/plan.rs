//! Call plans: what a declaration means for each call, found out once.

use super::general::GeneralCall;
use crate::value::{FunctionType, Representation, Runtime, TypeId, TypeInfo};

/// How a function is called.
#[derive(Debug)]
pub(super) struct Plan {
    pub parameters: Vec<ParameterPlan>,
    pub result: ResultPlan,
    pub way: Way,
    /// Arguments may follow those of `parameters`; the way is then found for each call.
    pub is_variadic: bool,
}

/// Which results `@throws` makes errors of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// All bits set, or NULL: an `OSError` with errno.
    Errno,
    /// The result is a status, 0 for success: an `FFIError`.
    NonZero,
    /// A negative result is a status: an `FFIError`.
    Negative,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ParameterPlan {
    pub conversion: Conversion,
    pub type_id: TypeId,
}

/// How a value becomes an argument word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// An int in the type's range.
    Integer,
    F32,
    F64,
    Bool,
    /// The address of what fits the pointer type, or `cstr`.
    Pointer,
    /// The address of a C function.
    Function,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ResultPlan {
    pub type_id: TypeId,
    pub representation: Representation,
}

/// Which way a call takes.
#[derive(Debug)]
pub(super) enum Way {
    /// All in registers, integers or pointers only.
    Integers,
    /// All in registers, doubles only.
    Doubles,
    /// All in registers, both.
    Mixed,
    /// By libffi.
    General(Box<GeneralCall>),
}

/// Registers for arguments, of the ABIs for which calls go directly: System V has six for integers and eight for doubles, AAPCS64
/// eight of each.
pub(super) const INTEGER_REGISTERS: usize = 6;
pub(super) const DOUBLE_REGISTERS: usize = 8;
/// More arguments than anybody declares by hand.
pub(super) const MAX_ARGUMENTS: usize = 64;

impl Plan {
    /// The plan of a function type, or what of it is not supported.
    pub fn new(runtime: &Runtime, function: &FunctionType) -> Result<Plan, String> {
        if function.parameters.len() > MAX_ARGUMENTS {
            return Err(format!("at most {MAX_ARGUMENTS} parameters can be passed"));
        }
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for (i, &type_id) in function.parameters.iter().enumerate() {
            let info = runtime.types.info(type_id);
            let conversion = conversion_of(info).map_err(|why| format!("parameter {} is {}, {why}", i + 1, info.name))?;
            parameters.push(ParameterPlan { conversion, type_id });
        }
        let info = runtime.types.info(function.result);
        if function.result != TypeId::VOID {
            conversion_of(info).map_err(|why| format!("the result is {}, {why}", info.name))?;
        }
        let result = ResultPlan { type_id: function.result, representation: info.representation };
        let doubles = parameters.iter().filter(|p| p.is_double()).count();
        let integers = parameters.len() - doubles;
        // A function of variable arguments is never called as one of fixed ones: it would not find what the ABI promises it.
        let way = if !DIRECT_CALLS || function.is_variadic || integers > INTEGER_REGISTERS || doubles > DOUBLE_REGISTERS {
            Way::General(Box::new(GeneralCall::new(runtime, function)?))
        } else if doubles == 0 {
            Way::Integers
        } else if integers == 0 && doubles <= 4 {
            Way::Doubles
        } else {
            Way::Mixed
        };
        Ok(Plan { parameters, result, way, is_variadic: function.is_variadic })
    }
}

/// Whether the ABI is one for which `direct.rs` was written.
const DIRECT_CALLS: bool = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

impl ParameterPlan {
    /// Whether it goes into a register for floating point.
    pub fn is_double(&self) -> bool {
        matches!(self.conversion, Conversion::F32 | Conversion::F64)
    }
}

fn conversion_of(info: &TypeInfo) -> Result<Conversion, &'static str> {
    Ok(match info.representation {
        Representation::F32 => Conversion::F32,
        Representation::F64 => Conversion::F64,
        Representation::Bool => Conversion::Bool,
        Representation::Pointer | Representation::CString => Conversion::Pointer,
        Representation::FunctionPointer => Conversion::Function,
        _ if info.integer().is_some() => Conversion::Integer,
        Representation::Record => return Err("and structs by value are not supported by this version"),
        Representation::Array => return Err("and C passes no arrays; use a pointer"),
        Representation::String => return Err("which C does not know; use cstr"),
        _ => return Err("which cannot be passed to C"),
    })
}
