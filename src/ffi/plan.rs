//! Call plans: what a declaration means for each call, found out once.

use super::contract::Contracts;
use super::direct::FEW_DOUBLES;
use super::general::GeneralCall;
use super::machine;
use super::quick::{QuickCall, quick_call_of};
use super::register_class::{MAX_BY_VALUE, Passing, RegisterClass, passing_of};
use super::words::{INTEGER_REGISTERS, Place, Taken, result_registers};
use crate::value::layout::integer_range;
use crate::value::{FunctionType, Representation, TypeId, TypeInfo, TypeTable};
use std::cell::Cell;
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
    /// Arguments may follow those of `parameters`.
    pub is_variadic: bool,
    /// The quick path of a call, if nothing is to be made or promised for one, and libffi is not needed.
    pub quick: Option<QuickCall>,
    /// Some parameter may carry managed pointers.
    pub has_pointers: bool,
    /// Some parameter is a struct by value that may carry some.
    pub has_records: bool,
    pub contracts: Contracts,
}

#[derive(Debug, Clone)]
pub(super) struct ParameterPlan {
    pub conversion: Conversion,
    pub type_id: TypeId,
    /// The ints that an integer type takes; none for other types.
    pub low: i64,
    pub high: i64,
    /// Bytes of a struct; 0 for others.
    pub record_size: u32,
    /// Where the argument goes, if the call goes by words.
    pub place: Place,
    /// Strings fit, and whether only those without NUL do.
    pub takes_strings: bool,
    pub takes_texts_only: bool,
    /// The type of the block and that of the view which were found to fit last, as their headers have it.
    pub fitting_block: Cell<u32>,
    pub fitting_view: Cell<u32>,
    /// The function's address, if this is its only parameter: it may be the one that releases what it is given. 0 for others.
    pub releases_at: Cell<usize>,
}

/// The range of what takes no ints.
const NO_INTS: (i64, i64) = (1, 0);

/// No type has this number.
pub(super) const NO_TYPE: u32 = u32::MAX;

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
    /// The result registers that its words come in.
    pub registers: (u8, u8),
}

/// Which way a call takes.
#[derive(Debug)]
pub(super) enum Way {
    /// All in registers, integers or pointers only.
    Integers,
    /// All in registers, one to four doubles only, and a double as result.
    Doubles,
    /// By machine code of our own; what the declared parameters take of registers and stack.
    Words(Taken),
    /// By libffi.
    General(Box<GeneralCall>),
}

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
            let (low, high) = match conversion {
                Conversion::Integer => integer_range(representation).unwrap_or(NO_INTS),
                _ => NO_INTS,
            };
            let takes_strings = types.takes_strings(type_id);
            parameters.push(ParameterPlan {
                conversion,
                type_id,
                low,
                high,
                record_size: if let Conversion::Record(_) = conversion { types.info(type_id).size as u32 } else { 0 },
                place: Place::Stack(0),
                takes_strings,
                takes_texts_only: type_id == TypeId::CSTR || types.info(type_id).target == TypeId::C_CHAR,
                fitting_block: Cell::new(NO_TYPE),
                fitting_view: Cell::new(NO_TYPE),
                releases_at: Cell::new(0),
            });
        }
        if by_value > MAX_BY_VALUE {
            return Err(format!("its structs by value take {by_value} bytes, and at most {MAX_BY_VALUE} can be passed"));
        }
        let result = ResultPlan::of(types, function.result, "the result")?;
        let way = if by_libffi { None } else { way_of(&mut parameters, &result, function.is_variadic) };
        let way = match way {
            Some(way) => way,
            None => Way::General(Box::new(GeneralCall::new(types, function)?)),
        };
        let is_plain = |parameter: &ParameterPlan| match parameter.conversion {
            // What a struct's pointers point to is held, and a function of the language becomes a callback.
            Conversion::Record(_) => types.info(parameter.type_id).pointers.is_empty(),
            Conversion::Function => false,
            _ => true,
        };
        let is_quick = !contracts.has_any() && parameters.iter().all(is_plain);
        let quick = if is_quick { quick_call_of(&way, parameters.len()) } else { None };
        let given = parameters.len() - contracts.parameters.iter().filter(|contract| contract.is_out).count();
        let carries = |parameter: &ParameterPlan| match parameter.conversion {
            Conversion::Pointer | Conversion::Function => true,
            Conversion::Record(_) => !types.info(parameter.type_id).pointers.is_empty(),
            _ => false,
        };
        let has_pointers = function.is_variadic || parameters.iter().any(carries);
        let has_records =
            parameters.iter().any(|parameter| matches!(parameter.conversion, Conversion::Record(_)) && carries(parameter));
        let is_variadic = function.is_variadic;
        let types = function.parameters.clone();
        Ok(Plan { name, parameters, types, given, result, way, is_variadic, quick, has_pointers, has_records, contracts })
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
        let is_float = matches!(info.representation, Representation::F32 | Representation::F64);
        let registers = match passing {
            Some(Passing::Registers { first, second }) => result_registers(first, second),
            _ => result_registers(if is_float { RegisterClass::Double } else { RegisterClass::Integer }, None),
        };
        Ok(ResultPlan { type_id, representation: info.representation, record_size, passing, registers })
    }
}

/// Whether the ABI is one for which `direct.rs` was written.
const DIRECT_CALLS: bool = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

/// The way of a call without libffi, and the places of its arguments; `None` if there is none.
fn way_of(parameters: &mut [ParameterPlan], result: &ResultPlan, is_variadic: bool) -> Option<Way> {
    let count = parameters.len();
    let is_float = |representation| matches!(representation, Representation::F32 | Representation::F64);
    // A function of variable arguments is never called as one of fixed ones: it would not find what the ABI promises it.
    if DIRECT_CALLS && !is_variadic && result.passing.is_none() {
        let class = |parameter: &ParameterPlan| parameter.class();
        if count <= INTEGER_REGISTERS
            && !is_float(result.representation)
            && parameters.iter().all(|parameter| class(parameter) == Some(RegisterClass::Integer))
        {
            return Some(Way::Integers);
        }
        if (1..=FEW_DOUBLES).contains(&count)
            && is_float(result.representation)
            && parameters.iter().all(|parameter| class(parameter) == Some(RegisterClass::Double))
        {
            return Some(Way::Doubles);
        }
    }
    if !machine::IS_AVAILABLE || result.passing == Some(Passing::ByFields) {
        return None;
    }
    let mut taken = Taken::default();
    if result.is_in_memory() {
        taken.word(RegisterClass::Integer);
    }
    for parameter in parameters {
        parameter.place = match (parameter.conversion, parameter.class()) {
            (Conversion::Record(passing), _) => taken.record(passing, parameter.record_size as usize)?,
            (_, class) => taken.word(class?),
        };
    }
    Some(Way::Words(taken))
}

impl ParameterPlan {
    /// The class of its register; `None` for a struct.
    pub fn class(&self) -> Option<RegisterClass> {
        match self.conversion {
            Conversion::F32 | Conversion::F64 => Some(RegisterClass::Double),
            Conversion::Record(_) => None,
            _ => Some(RegisterClass::Integer),
        }
    }
}

impl ResultPlan {
    /// Whether the caller gives the address of memory for it.
    #[inline(always)]
    pub fn is_in_memory(&self) -> bool {
        self.passing == Some(Passing::Memory)
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
