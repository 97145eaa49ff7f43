//! Call plans: what a declaration means for each call, found out once.

use super::contract::Contracts;
use super::general::GeneralCall;
use super::register_class::{MAX_BY_VALUE, Passing, RegisterClass, passing_of};
use crate::value::layout::integer_range;
use crate::value::{FunctionType, Representation, TypeId, TypeInfo, TypeTable};
use std::rc::Rc;

/// How a function is called.
#[derive(Debug)]
pub(super) struct Plan {
    /// As messages name it.
    pub name: Rc<str>,
    pub parameters: Vec<ParameterPlan>,
    /// Their types.
    pub types: Vec<TypeId>,
    /// Arguments that the caller gives: all but those of `@out` parameters.
    pub given: usize,
    pub result: ResultPlan,
    pub way: Way,
    /// Arguments may follow those of `parameters`; the way is then found for each call.
    pub is_variadic: bool,
    /// Numbers and pointers in registers, without contracts: what the short path of `call.rs` is for.
    pub is_simple: bool,
    /// Some parameter may carry managed pointers.
    pub has_pointers: bool,
    pub contracts: Contracts,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ParameterPlan {
    pub conversion: Conversion,
    pub type_id: TypeId,
    /// The ints that an integer type takes.
    pub low: i64,
    pub high: i64,
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
    /// The address of a C function, or of a callback.
    Function,
    /// A struct or union by value.
    Record(Passing),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ResultPlan {
    pub type_id: TypeId,
    pub representation: Representation,
    /// Bytes of a struct; 0 for others.
    pub record_size: usize,
    pub passing: Option<Passing>,
}

/// Which way a call takes.
#[derive(Debug)]
pub(super) enum Way {
    /// All in registers, integers or pointers only.
    Integers,
    /// All in registers, one to four doubles only.
    Doubles,
    /// All in registers.
    Mixed(DirectResult),
    /// By libffi.
    General(Box<GeneralCall>),
}

/// Where the result of a direct call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DirectResult {
    Integer,
    Double,
    Integers,
    Doubles,
    IntegerDouble,
    DoubleInteger,
    /// In memory whose address is a first argument for integers.
    Memory,
}

/// Registers for arguments, of the ABIs for which calls go directly: System V has six for integers and eight for doubles, AAPCS64
/// eight of each.
pub(super) const INTEGER_REGISTERS: usize = 6;
pub(super) const DOUBLE_REGISTERS: usize = 8;
/// As many as C compilers promise to take.
pub(super) const MAX_ARGUMENTS: usize = 127;

impl Plan {
    /// The plan of a function, or what of it is not supported. `by_libffi` refuses the direct ways.
    pub fn new(
        types: &TypeTable,
        name: Rc<str>,
        function: &FunctionType,
        contracts: Contracts,
        by_libffi: bool,
    ) -> Result<Plan, String> {
        if function.parameters.len() > MAX_ARGUMENTS {
            return Err(format!("at most {MAX_ARGUMENTS} parameters can be passed, not {}", function.parameters.len()));
        }
        if function.is_variadic && function.parameters.is_empty() {
            return Err("C has no `...` without a parameter before it".to_string());
        }
        let mut parameters = Vec::with_capacity(function.parameters.len());
        let mut by_value = 0;
        for (i, &type_id) in function.parameters.iter().enumerate() {
            let conversion =
                conversion_of(types, type_id).map_err(|why| format!("parameter {} is {}, {why}", i + 1, types.name(type_id)))?;
            if let Conversion::Record(_) = conversion {
                by_value += types.info(type_id).size;
            }
            let representation = types.info(type_id).representation;
            let (low, high) = match representation {
                Representation::U64 | Representation::I64 => (i64::MIN, i64::MAX),
                _ => integer_range(representation).unwrap_or((0, 0)),
            };
            parameters.push(ParameterPlan { conversion, type_id, low, high });
        }
        if by_value > MAX_BY_VALUE {
            return Err(format!("its structs by value take {by_value} bytes, and at most {MAX_BY_VALUE} can be passed"));
        }
        let result = ResultPlan::of(types, function.result, "the result")?;
        let way = if by_libffi { None } else { direct_way(&parameters, &result, function.is_variadic) };
        let is_direct = way.is_some();
        let way = match way {
            Some(way) => way,
            None => Way::General(Box::new(GeneralCall::new(types, function)?)),
        };
        let is_plain = |parameter: &ParameterPlan| !matches!(parameter.conversion, Conversion::Record(_) | Conversion::Function);
        let is_simple = is_direct && !contracts.has_any() && result.passing.is_none() && parameters.iter().all(is_plain);
        let given = parameters.len() - contracts.parameters.iter().filter(|contract| contract.is_out).count();
        let carries = |parameter: &ParameterPlan| match parameter.conversion {
            Conversion::Pointer | Conversion::Function => true,
            Conversion::Record(_) => !types.info(parameter.type_id).pointers.is_empty(),
            _ => false,
        };
        let has_pointers = function.is_variadic || parameters.iter().any(carries);
        let is_variadic = function.is_variadic;
        let types = function.parameters.clone();
        Ok(Plan { name, parameters, types, given, result, way, is_variadic, is_simple, has_pointers, contracts })
    }
}

impl ResultPlan {
    /// What comes from C as a type; `what` is how a refusal calls it.
    pub fn of(types: &TypeTable, type_id: TypeId, what: &str) -> Result<ResultPlan, String> {
        let info = types.info(type_id);
        let (mut record_size, mut passing) = (0, None);
        if type_id != TypeId::VOID {
            let conversion = conversion_of(types, type_id).map_err(|why| format!("{what} is {}, {why}", info.name))?;
            if let Conversion::Record(how) = conversion {
                if info.holds_managed {
                    return Err(format!("{what} is {}, which holds managed values that C cannot make", info.name));
                }
                (record_size, passing) = (info.size as usize, Some(how));
            }
        }
        Ok(ResultPlan { type_id, representation: info.representation, record_size, passing })
    }
}

/// Whether the ABI is one for which `direct.rs` was written.
const DIRECT_CALLS: bool = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

/// The direct way, if all of the arguments and the result fit registers.
fn direct_way(parameters: &[ParameterPlan], result: &ResultPlan, is_variadic: bool) -> Option<Way> {
    // A function of variable arguments is never called as one of fixed ones: it would not find what the ABI promises it.
    if !DIRECT_CALLS || is_variadic {
        return None;
    }
    let (mut integers, mut doubles, mut has_records) = (0, 0, false);
    for parameter in parameters {
        match parameter.conversion {
            Conversion::F32 | Conversion::F64 => doubles += 1,
            Conversion::Record(passing) => {
                let (more_integers, more_doubles) = passing.registers()?;
                (integers, doubles, has_records) = (integers + more_integers, doubles + more_doubles, true);
            }
            _ => integers += 1,
        }
    }
    use RegisterClass::{Double, Integer};
    let place = match result.passing {
        Some(Passing::ByFields) => return None,
        Some(Passing::Memory) => {
            integers += 1;
            DirectResult::Memory
        }
        Some(Passing::Registers { first, second }) => match (first, second) {
            (Integer, None) => DirectResult::Integer,
            (Double, None) => DirectResult::Double,
            (Integer, Some(Integer)) => DirectResult::Integers,
            (Double, Some(Double)) => DirectResult::Doubles,
            (Integer, Some(Double)) => DirectResult::IntegerDouble,
            (Double, Some(Integer)) => DirectResult::DoubleInteger,
        },
        None if matches!(result.representation, Representation::F32 | Representation::F64) => DirectResult::Double,
        None => DirectResult::Integer,
    };
    if integers > INTEGER_REGISTERS || doubles > DOUBLE_REGISTERS {
        return None;
    }
    Some(match place {
        DirectResult::Integer if doubles == 0 && !has_records && result.passing.is_none() => Way::Integers,
        DirectResult::Double if integers == 0 && (1..=4).contains(&doubles) && !has_records && result.passing.is_none() => {
            Way::Doubles
        }
        place => Way::Mixed(place),
    })
}

impl ParameterPlan {
    /// Whether it goes into a register for floating point.
    pub fn is_double(&self) -> bool {
        matches!(self.conversion, Conversion::F32 | Conversion::F64)
    }
}

/// How values go to C as a type.
pub(super) fn conversion_of(types: &TypeTable, id: TypeId) -> Result<Conversion, String> {
    let info: &TypeInfo = types.info(id);
    Ok(match info.representation {
        Representation::F32 => Conversion::F32,
        Representation::F64 => Conversion::F64,
        Representation::Bool => Conversion::Bool,
        Representation::Pointer | Representation::CString => Conversion::Pointer,
        Representation::FunctionPointer => Conversion::Function,
        _ if info.integer().is_some() => Conversion::Integer,
        Representation::Record => Conversion::Record(passing_of(types, id)?),
        Representation::Array => return Err("and C passes no arrays; use a pointer".to_string()),
        Representation::String => return Err("which C does not know; use cstr".to_string()),
        _ if id == TypeId::VOID => return Err("which no parameter can be; leave the parameter out".to_string()),
        _ => return Err("which cannot be passed to C".to_string()),
    })
}
