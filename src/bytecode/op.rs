//! The operations: each declared once, with its operands and one sentence.
//!
//! Notation: `R[a]` is a register, `K[b]` a constant, jumps count instructions from the one behind the jump.

/// How an operation uses its operands; the listing and the verifier go by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operands {
    None,
    /// a: register
    A,
    /// a, b: registers
    AB,
    /// a, b, c: registers
    ABC,
    /// a: register, b and c: signed number
    ANumber,
    /// a: register, b and c: constant
    AConstant,
    /// a, b: registers, c: constant
    ABConstant,
    /// a, b: registers, c: signed number
    ABNumber,
    /// b and c: jump
    Jump,
    /// a: register, b and c: jump
    AJump,
    /// a, b: registers, c: jump of 16 bits
    ABJump,
    /// a: register, b: signed number, c: jump of 16 bits
    ANumberJump,
    /// a: register, b: constant, c: jump of 16 bits
    AConstantJump,
    /// a: register, b: captured variable of the closure
    ACaptured,
    /// a: register, b and c: module slot
    ASlot,
    /// a: register, b and c: function of the code's table
    AFunction,
    /// a, b: registers, c: inline cache
    ABCache,
    /// a: first register of a call's window, b: number of arguments
    Call,
    /// a: first register of a call's window, b: number of arguments, c: constant (names) or inline cache
    CallWith,
    /// a: register, b: first of c registers
    ARun,
    /// a: register, b and c: type
    AType,
    /// a, b: registers, c: type
    ABType,
    /// b and c: extern block of the unit
    Extern,
    /// a: register, b and c: extern variable of the unit
    AExtern,
}

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident $operands:ident,)+) => {
        /// An operation of the register machine.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Op { $($(#[doc = $doc])+ $name,)+ }

        impl Op {
            pub const ALL: &'static [Op] = &[$(Op::$name,)+];

            pub fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name),)+ }
            }

            pub fn operands(self) -> Operands {
                match self { $(Op::$name => Operands::$operands,)+ }
            }

            /// The one sentence that says what the operation does.
            pub fn description(self) -> &'static str {
                match self { $(Op::$name => concat!($($doc),+),)+ }
            }
        }
    };
}

operations! {
    // ------------------------------------------------------------ loads and moves
    /// R[a] = R[b]
    Move AB,
    /// R[a] = nil
    LoadNil A,
    /// R[a] = true
    LoadTrue A,
    /// R[a] = false
    LoadFalse A,
    /// R[a] = the number in b and c
    LoadInt ANumber,
    /// R[a] = K[bc]
    LoadConstant AConstant,
    /// R[a] = the captured value b (a variable that is never assigned after its capture)
    LoadCaptured ACaptured,
    /// R[a] = the content of the captured cell b
    LoadCapturedCell ACaptured,
    /// the content of the captured cell b = R[a]
    StoreCapturedCell ACaptured,
    /// R[a] = a new cell that holds R[b]
    NewCell AB,
    /// R[a] = the content of the cell in R[b]
    LoadCell AB,
    /// the content of the cell in R[a] = R[b]
    StoreCell AB,
    /// R[a] = module slot bc; NameError if its declaration has not run yet
    LoadSlot ASlot,
    /// module slot bc = R[a]
    StoreSlot ASlot,
    /// R[a] = the undefined value (marks a default parameter or a binding before its time)
    LoadUndefined A,
    /// NameError if R[a] is the undefined value; K[bc] is the name of the variable it came from
    CheckDefined AConstant,
    /// R[a] = a closure of function bc, which names what it captures
    Closure AFunction,

    // ------------------------------------------------------------ arithmetic
    /// R[a] = R[b] + R[c]
    Add ABC,
    /// R[a] = R[b] - R[c]
    Subtract ABC,
    /// R[a] = R[b] * R[c]
    Multiply ABC,
    /// R[a] = R[b] / R[c]
    Divide ABC,
    /// R[a] = R[b] // R[c]
    FloorDivide ABC,
    /// R[a] = R[b] % R[c]
    Remainder ABC,
    /// R[a] = R[b] ** R[c]
    Power ABC,
    /// R[a] = R[b] +% R[c]
    WrappingAdd ABC,
    /// R[a] = R[b] -% R[c]
    WrappingSubtract ABC,
    /// R[a] = R[b] *% R[c]
    WrappingMultiply ABC,
    /// R[a] = R[b] << R[c]
    ShiftLeft ABC,
    /// R[a] = R[b] >> R[c]
    ShiftRight ABC,
    /// R[a] = R[b] >>> R[c]
    ShiftRightLogical ABC,
    /// R[a] = R[b] & R[c]
    BitAnd ABC,
    /// R[a] = R[b] ^ R[c]
    BitXor ABC,
    /// R[a] = R[b] | R[c]
    BitOr ABC,
    /// R[a] = R[b] + c, an int; x = 1: c + R[b]
    AddNumber ABNumber,
    /// R[a] = R[b] - c, an int
    SubtractNumber ABNumber,
    /// R[a] = R[b] + K[c], a number; x = 1: K[c] + R[b]
    AddConstant ABConstant,
    /// R[a] = R[b] - K[c], a number
    SubtractConstant ABConstant,
    /// R[a] = R[b] * K[c], a number; x = 1: K[c] * R[b]
    MultiplyConstant ABConstant,
    /// R[a] = R[b] / K[c], a number
    DivideConstant ABConstant,
    /// R[a] = R[b] // K[c], a number
    FloorDivideConstant ABConstant,
    /// R[a] = R[b] % K[c], a number
    RemainderConstant ABConstant,
    /// R[a] = -R[b]
    Negate AB,
    /// R[a] = ~R[b]
    Complement AB,
    /// R[a] = not R[b]
    Not AB,

    // ------------------------------------------------------------ comparisons and tests
    /// R[a] = R[b] == R[c]
    Equal ABC,
    /// R[a] = R[b] != R[c]
    NotEqual ABC,
    /// R[a] = R[b] < R[c]
    Less ABC,
    /// R[a] = R[b] <= R[c]
    LessEqual ABC,
    /// R[a] = R[b] > R[c]
    Greater ABC,
    /// R[a] = R[b] >= R[c]
    GreaterEqual ABC,
    /// R[a] = R[b] in R[c]
    In ABC,
    /// R[a] = R[b] is type c
    Is ABType,

    // ------------------------------------------------------------ jumps
    /// jump
    Jump Jump,
    /// jump back to a loop's head; a safepoint
    Loop Jump,
    /// jump if R[a] is neither nil nor false
    JumpIf AJump,
    /// jump if R[a] is nil or false
    JumpIfNot AJump,
    /// jump if R[a] is nil
    JumpIfNil AJump,
    /// jump if R[a] is not nil
    JumpIfNotNil AJump,
    /// jump if R[a] is not the undefined value
    JumpIfDefined AJump,
    /// jump if R[a] == R[b]; a safepoint when it jumps back, as all that follow
    JumpEqual ABJump,
    /// jump if not R[a] == R[b]
    JumpNotEqual ABJump,
    /// jump if R[a] < R[b]
    JumpLess ABJump,
    /// jump if not R[a] < R[b]
    JumpNotLess ABJump,
    /// jump if R[a] <= R[b]
    JumpLessEqual ABJump,
    /// jump if not R[a] <= R[b]
    JumpNotLessEqual ABJump,
    /// jump if R[a] > R[b]
    JumpGreater ABJump,
    /// jump if not R[a] > R[b]
    JumpNotGreater ABJump,
    /// jump if R[a] >= R[b]
    JumpGreaterEqual ABJump,
    /// jump if not R[a] >= R[b]
    JumpNotGreaterEqual ABJump,
    /// jump if R[a] == b, an int
    JumpEqualNumber ANumberJump,
    /// jump if not R[a] == b, an int
    JumpNotEqualNumber ANumberJump,
    /// jump if R[a] < b, an int
    JumpLessNumber ANumberJump,
    /// jump if not R[a] < b, an int
    JumpNotLessNumber ANumberJump,
    /// jump if R[a] <= b, an int
    JumpLessEqualNumber ANumberJump,
    /// jump if not R[a] <= b, an int
    JumpNotLessEqualNumber ANumberJump,
    /// jump if R[a] > b, an int
    JumpGreaterNumber ANumberJump,
    /// jump if not R[a] > b, an int
    JumpNotGreaterNumber ANumberJump,
    /// jump if R[a] >= b, an int
    JumpGreaterEqualNumber ANumberJump,
    /// jump if not R[a] >= b, an int
    JumpNotGreaterEqualNumber ANumberJump,
    /// jump if R[a] == K[b]
    JumpEqualConstant AConstantJump,
    /// jump if not R[a] == K[b]
    JumpNotEqualConstant AConstantJump,

    // ------------------------------------------------------------ loops
    /// for over ints: R[a] is the start, R[a+1] the end (not included); both must be ints, and x = 1 adds one to the end; jumps over the loop if it is empty, else R[a+2] = R[a]
    RangePrepare AJump,
    /// the next int: R[a] += 1; if R[a] < R[a+1] then R[a+2] = R[a] and jump back; a safepoint
    RangeLoop AJump,
    /// begins an iteration over R[b]: its state goes into R[a], R[a+1] and R[a+2]
    IteratePrepare AB,
    /// the next element of the iteration in R[a..a+3] goes into R[a+3], then jump back; falls through at its end; a safepoint
    IterateNext AJump,
    /// as IterateNext, with the key or index in R[a+3] and the value in R[a+4]
    IterateNextPair AJump,

    // ------------------------------------------------------------ calls
    /// R[a] = R[a](R[a+1] … R[a+b])
    Call Call,
    /// as Call; K[c] is a list of names, and the last arguments have them
    CallNamed CallWith,
    /// R[a] = R[a](...R[a+1]) with a list of arguments in R[a+1]; b values with the names K[c] follow from R[a+2] (c is unused if b is 0)
    CallSpread CallWith,
    /// calls the method that inline cache c names on R[a+1], arguments R[a+2] … R[a+1+b]; the result goes to R[a]
    CallMethod CallWith,
    /// leaves the function with R[a]
    Return A,
    /// leaves the function with nil
    ReturnNil None,
    /// makes a generator of the rest of this call and leaves with it; the parameters are ready
    BeginGenerator None,
    /// leaves the generator for now with R[a]
    Yield A,

    // ------------------------------------------------------------ fields and elements
    /// R[a] = R[b].name of inline cache c
    GetField ABCache,
    /// R[a].name of inline cache c = R[b]
    SetField ABCache,
    /// R[a] = R[b][R[c]]
    GetIndex ABC,
    /// R[a][R[b]] = R[c]
    SetIndex ABC,
    /// R[a] = R[b][c], c a number
    GetIndexNumber ABNumber,
    /// R[a] = R[b][R[b+1]..R[b+2]]; nil for an end that is left out; x = 1 with an included end
    GetSlice AB,
    /// R[a] = R[b][R[c]], or nil where a map has no such key (for ??=)
    GetIndexOrNil ABC,
    /// R[a] = &R[b].name of inline cache c
    AddressOfField ABCache,
    /// R[a] = &R[b][R[c]]
    AddressOfIndex ABC,
    /// R[a] = &R[b], a struct value or slice; x = 1: R[b] is a local variable, 2: a captured one, 3: a module's (told in the error)
    AddressOfValue AB,

    // ------------------------------------------------------------ new values
    /// R[a] = a list of R[b] … R[b+c-1]
    NewList ARun,
    /// pushes R[b] … R[b+c-1] to the list R[a]
    ListPush ARun,
    /// pushes all elements of the iterable R[b] to the list R[a]
    ListExtend AB,
    /// R[a] = a map of the c pairs in R[b] …
    NewMap ARun,
    /// adds the c pairs in R[b] … to the map R[a]
    MapInsert ARun,
    /// R[a] = R[b]..R[c], x = 1 with the end
    NewRange ABC,
    /// R[a] = the texts of R[b] … R[b+c-1] joined
    Concat ARun,
    /// R[a] = R[b] as text by the format K[c]
    Format ABConstant,
    /// R[a] = a new []u8 of the bytes K[bc]
    NewBytes AConstant,
    /// R[a] = a struct value of type c made of one value for each field, R[b] and up
    MakeRecord ABType,
    /// R[a] = new T for type bc, zeroed
    NewOne AType,
    /// R[a] = new T(R[b]) for type c
    NewOneFrom ABType,
    /// R[a] = new [R[b]]T for type c, zeroed
    NewSlice ABType,
    /// R[a] = new [R[b]]T(...R[b+1]) for type c; R[b+1] is a list
    NewSliceFrom ABType,
    /// as the one of the four before that x says (0 to 3, in their order) with the type c, in the arena R[a], which the result replaces
    NewInArena ABType,

    // ------------------------------------------------------------ types
    /// R[a] = the type bc as a value
    LoadType AType,
    /// R[a] = R[b] as type c
    Cast ABType,
    /// R[a] must be of type bc, or becomes it (an int where a float is asked for); x: 0 a variable, 1 a parameter, 2 a result
    CheckType AType,
    /// R[a] = sizeof (x = 0) or alignof (x = 1) of type bc
    SizeOf AType,
    /// R[a] = offsetof(type c, path K[b]), a list of names
    OffsetOf ABType,

    // ------------------------------------------------------------ patterns
    /// unpacks the list or slice R[b] into R[a] … R[a+c-1]; x = 1: the rest as a list into R[a+c]; ValueError on a wrong length
    Unpack ARun,
    /// R[a] = whether R[b] is a list or slice of c elements; x = 1: of c or more
    MatchList ARun,
    /// R[a] = the list of the elements of the list or slice R[b] from c on
    ListRest ABNumber,
    /// R[a] = the value of the key R[c] in R[b], or the undefined value if R[b] is no map or has no such key
    MatchKey ABC,
    /// throws MatchError: no arm fits R[a]
    MatchFailed A,

    // ------------------------------------------------------------ errors
    /// throws R[a]
    Throw A,
    /// throws R[a] again as it was caught
    Rethrow A,

    // ------------------------------------------------------------ modules and C
    /// R[a] = the module K[bc] (a path or name), run if it has not yet
    Import AConstant,
    /// module slot of R[a+1], an int, = the export K[bc] of the module R[a]; a `var` stays live
    ImportName AConstant,
    /// loads the library of extern block bc
    LoadExtern Extern,
    /// R[a] = the extern variable bc
    GetExtern AExtern,
    /// the extern variable bc = R[a]
    SetExtern AExtern,
    /// R[a] = &extern variable bc
    AddressOfExtern AExtern,
}

impl Op {
    /// The operation of a byte of verified code.
    #[inline(always)]
    pub fn from_byte(byte: u8) -> Op {
        debug_assert!((byte as usize) < Op::ALL.len());
        #[allow(unsafe_code)]
        // SAFETY: instructions are made by `Instruction`'s constructors from an `Op` only, whose discriminants are 0 to ALL.len()-1.
        unsafe {
            std::mem::transmute::<u8, Op>(byte)
        }
    }
}
