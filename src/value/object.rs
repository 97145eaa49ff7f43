//! The kinds of objects and their layout: a header of 16 bytes, then what is drawn at each type.
//!
//! A kind says which of these structs an object is. The header's `type_id` says which type of the language it is: fixed
//! for most kinds, the record, slice or pointer type for [`Kind::Block`] and [`Kind::View`].

use super::layout::TypeId;
use super::word::Value;
use crate::heap::{Header, Shape};

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Kind {
    /// An int beyond the inline range.
    Integer = 1,
    String,
    List,
    /// The elements of a list, the saved registers of a generator: a run of values. With a type of the library, a value that is made
    /// of them (`parts.rs`).
    Values,
    Map,
    Range,
    /// A variable that closures share.
    Cell,
    Closure,
    /// A function written in Rust.
    Native,
    BoundMethod,
    Generator,
    Error,
    Type,
    Module,
    /// Memory in C layout that the object itself holds: a struct value, `new c_int`, `new [16]u8`.
    Block,
    /// A pointer, slice or struct value that looks into other memory: an object's inside, C's memory.
    View,
    Weak,
    Pinner,
    Arena,
    Library,
    /// A C function with its declaration.
    CFunction,
    /// A script function that C may call.
    Callback,
    /// An open file of the io module.
    File,
    /// The table behind a map; Leaf.
    MapIndex,
    /// A compiled pattern or another value that Rust code keeps outside of the heap, by number.
    External,
    /// Memory of C's that a C function releases; the owner of views into it.
    Owned,
    /// What a pinner holds (`pinner.rs`); Leaf.
    PinEntries,
}

impl Kind {
    pub const LAST: u8 = Kind::PinEntries as u8;

    #[inline(always)]
    pub fn of(header: &Header) -> Kind {
        debug_assert!(header.kind >= 1 && header.kind <= Kind::LAST);
        // SAFETY: headers of the heap are made by `Kind::header` only, with a discriminant of this enum.
        unsafe { std::mem::transmute::<u8, Kind>(header.kind) }
    }

    /// A header for an object of this kind. `meta`: the payload's length in bytes for shapes `Words` and `Mapped`.
    #[inline(always)]
    pub fn header(self, shape: Shape, type_id: TypeId, meta: u64) -> Header {
        Header { type_id: type_id.0, kind: self as u8, shape, flags: 0, meta }
    }
}

/// An int of 64 bits.
#[repr(C)]
pub struct IntegerObject {
    pub header: Header,
    pub value: i64,
}

/// A string: `meta` holds the length in bytes (low 32 bits) and the hash (high 32 bits, 0 until it was asked for). The
/// bytes follow the header, then a NUL.
#[repr(C)]
pub struct StringObject {
    pub header: Header,
}

/// A list: its elements stand in a `Values` object of `capacity` values, `items` points at the first; null without capacity.
#[repr(C)]
pub struct ListObject {
    pub header: Header,
    pub items: *mut Value,
    pub length: usize,
    pub capacity: usize,
}

/// A map (drawn in `map.rs`). Its shape is `Custom`; `meta` is unused.
#[repr(C)]
pub struct MapObject {
    pub header: Header,
    /// The first entry, at the beginning of a `Values` object; null without capacity.
    pub entries: *mut MapEntry,
    /// The first slot, inside a `MapIndex` object behind the hashes; null without an index.
    pub slots: *mut u32,
    /// Entries that are there.
    pub count: u32,
    /// Entries that were begun, those that were taken out since among them.
    pub used: u32,
    /// No entry before this position is there.
    pub first: u32,
    /// Entries that there is room for.
    pub capacity: u32,
    /// The number of slots less one; 0 without an index.
    pub mask: u32,
    /// Changes whenever an entry comes or goes.
    pub version: u32,
}

/// One entry of a map; its key is the undefined value once it was taken out.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct MapEntry {
    pub key: Value,
    pub value: Value,
}

/// `start`, `end` (not included), `step` (never 0).
#[repr(C)]
pub struct RangeObject {
    pub header: Header,
    pub start: i64,
    pub end: i64,
    pub step: i64,
}

#[repr(C)]
pub struct CellObject {
    pub header: Header,
    pub value: Value,
}

/// A function of the language. `function` is the linked code, which is never freed (its type is the interpreter's).
/// `meta` is 8 + 8 × the number of captured values, which follow.
#[repr(C)]
pub struct ClosureObject {
    pub header: Header,
    pub function: *const std::ffi::c_void,
}

/// A function written in Rust; `entry` points at a static table entry (its type is the interpreter's).
#[repr(C)]
pub struct NativeObject {
    pub header: Header,
    pub entry: *const std::ffi::c_void,
}

#[repr(C)]
pub struct BoundMethodObject {
    pub header: Header,
    pub receiver: Value,
    pub function: Value,
}

/// An error. Everything is a value, so that the collector sees it all.
#[repr(C)]
pub struct ErrorObject {
    pub header: Header,
    /// A string.
    pub message: Value,
    /// A string.
    pub kind: Value,
    /// Any value, nil if not given.
    pub code: Value,
    /// The error that this one replaced, or nil.
    pub cause: Value,
    /// A list of strings once it was thrown, nil before.
    pub trace: Value,
    /// Start and end of the place (ints), nil if it has none yet.
    pub range_start: Value,
    pub range_end: Value,
    /// What stands under the marker (a string) or nil.
    pub label: Value,
    /// A list of lines below the message, or nil.
    pub details: Value,
    /// A list of `help:` lines, or nil.
    pub help: Value,
    /// Which argument of the call at the place is meant (an int, from 1), nil for the call as a whole.
    pub argument: Value,
}

/// A type as a value.
#[repr(C)]
pub struct TypeObject {
    pub header: Header,
    pub type_id: u64,
}

/// A module; `module` points at what the interpreter knows of it, which is never freed.
#[repr(C)]
pub struct ModuleObject {
    pub header: Header,
    pub module: *const std::ffi::c_void,
}

/// A pointer, slice or struct value into memory that the object itself does not hold. The header's `type_id` is the
/// pointer, slice or record type; for a record it has [`TypeId::VIEW_BIT`] set, so that a field's inline cache tells it
/// from a `Block`. `meta` is 8, so that the collector looks at `owner` only; without owner the object is a leaf.
#[repr(C)]
pub struct ViewObject {
    pub header: Header,
    /// What keeps the memory alive: a reference to the object, an arena, an owned handle; nil for C memory.
    pub owner: Value,
    /// Where it points.
    pub address: usize,
    /// The memory it may touch: from `low` to before `high`. Both 0 where nothing is known (C memory).
    pub low: usize,
    pub high: usize,
    /// Elements of a slice; 0 for pointers and struct values.
    pub count: usize,
    /// The `FLAG_…` bits.
    pub flags: u64,
}

impl ViewObject {
    /// Nothing may be written through it.
    pub const FLAG_CONST: u64 = 1;
    /// A slice whose end nobody knows (a flexible array in C's memory): `count` is only a bound for indexes.
    pub const FLAG_UNBOUNDED: u64 = 2;
}

/// A C function with its declaration: shape `Words`, `meta` 16, so that the collector looks at the two values only.
#[repr(C)]
pub struct CFunctionObject {
    pub header: Header,
    /// A string.
    pub name: Value,
    /// The parameters' names, a list of strings.
    pub parameters: Value,
    /// What `ffi` knows of it, which is never freed.
    pub function: *const std::ffi::c_void,
    /// Its C function type, a [`TypeId`].
    pub function_type: u64,
    /// The parameters that callers leave out (`@out`), a bit for each by its index.
    pub left_out: u128,
}

impl CFunctionObject {
    /// The index of the parameter for which the caller's argument with this index is.
    pub fn parameter_given(&self, argument: usize) -> usize {
        let mut given = 0;
        (0..u128::BITS as usize)
            .find(|&index| {
                given += (self.left_out >> index & 1 == 0) as usize;
                given > argument
            })
            .unwrap_or(argument)
    }
}

/// A function of the language that C may call; its header's type is the C function type. Shape `Words`, `meta` 24, so that the
/// collector looks at the three values only. While it lives, its code address is an alias of it (see `Heap::set_alias`).
#[repr(C)]
pub struct CallbackObject {
    pub header: Header,
    /// What is called.
    pub function: Value,
    /// What C is given when the function throws; nil for zero.
    pub on_error: Value,
    /// Its name for messages, a string.
    pub name: Value,
    /// The address that C calls; 0 once it was released.
    pub code: usize,
}

/// What a C function gave together with the duty to release it: the owner of all views of it, so that they share its state. Shape
/// `Words`, `meta` 8.
#[repr(C)]
pub struct OwnedObject {
    pub header: Header,
    /// The C function that releases it.
    pub release: Value,
    /// What that function is to be given.
    pub address: usize,
    /// Counts what is owned; the newest is released first at the end.
    pub number: u64,
    /// The place of the call that gave it, as a source range.
    pub place: (u32, u32),
    /// It was released.
    pub is_closed: bool,
}

/// A library that `ffi.load` gave; Leaf. `library` is what `ffi` knows of it, which is never freed.
#[repr(C)]
pub struct LibraryObject {
    pub header: Header,
    pub library: *const std::ffi::c_void,
}

/// A weak reference (`weak.rs`); a leaf, whose first word the heap makes nil when the target goes.
#[repr(C)]
pub struct WeakObject {
    pub header: Header,
    /// The object; nil once it is gone.
    pub target: Value,
    /// Whether it was made of a view, and so has to make one when it is asked; the rest is meaningful only then.
    pub is_view: bool,
    /// The `type_id` of the view's header.
    pub view_type: u64,
    /// The fields of the [`ViewObject`]; its owner is the target.
    pub address: usize,
    pub low: usize,
    pub high: usize,
    pub count: usize,
    pub flags: u64,
}

/// What Rust code keeps outside of the heap, by number (`external.rs`).
#[repr(C)]
pub struct ExternalObject {
    pub header: Header,
    pub number: u64,
}
