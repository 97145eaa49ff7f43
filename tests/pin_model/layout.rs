//! The types of the programs, as a C compiler lays them out; `walk.c` and [`DECLARATIONS`] say the same.

pub const DECLARATIONS: &str = "\
struct Node { tag: i64, next: *Node, data: *void, bytes: *u8 }
struct Pair { a: *Node, n: i32, b: *Node }
struct Wide { count: i64, parts: [3]Pair, last: *void }
union Word { p: *Node, n: i64, v: *void }
struct Tagged { kind: i64, word: Word, more: *Tagged }
@packed struct Packed { c: u8, p: *Node, s: i16, q: *void }
struct Plain { x: i64, y: i64 }
";

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Type {
    Void,
    Byte,
    Node,
    Pair,
    Wide,
    Word,
    Tagged,
    Packed,
    Plain,
    NodePointer,
    VoidPointer,
}

/// What stands in a slot that a script can name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// An integer of so many bytes.
    Integer(usize),
    /// A pointer to this type.
    Pointer(Type),
    /// The union.
    Union,
}

/// A slot of a type: how a script names it behind the name of the whole, where it stands, what it is.
#[derive(Clone, Debug)]
pub struct Leaf {
    pub path: String,
    pub offset: usize,
    pub slot: Slot,
}

impl Type {
    pub fn size(self) -> usize {
        match self {
            Type::Void => 0,
            Type::Byte => 1,
            Type::Node => 32,
            Type::Pair | Type::Tagged => 24,
            Type::Wide => 88,
            Type::Packed => 19,
            Type::Plain => 16,
            Type::Word | Type::NodePointer | Type::VoidPointer => 8,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Type::Void => "void",
            Type::Byte => "u8",
            Type::Node => "Node",
            Type::Pair => "Pair",
            Type::Wide => "Wide",
            Type::Word => "Word",
            Type::Tagged => "Tagged",
            Type::Packed => "Packed",
            Type::Plain => "Plain",
            Type::NodePointer => "*Node",
            Type::VoidPointer => "*void",
        }
    }

    pub const ALL: [Type; 11] = [
        Type::Void,
        Type::Byte,
        Type::Node,
        Type::Pair,
        Type::Wide,
        Type::Word,
        Type::Tagged,
        Type::Packed,
        Type::Plain,
        Type::NodePointer,
        Type::VoidPointer,
    ];

    /// Structs and the union: what has fields.
    pub fn is_record(self) -> bool {
        !matches!(self, Type::Void | Type::Byte | Type::NodePointer | Type::VoidPointer)
    }

    /// What a pointer type points to.
    pub fn target(self) -> Option<Type> {
        match self {
            Type::NodePointer => Some(Type::Node),
            Type::VoidPointer => Some(Type::Void),
            _ => None,
        }
    }

    pub fn leaves(self) -> Vec<Leaf> {
        use Slot::{Integer, Pointer, Union};
        let leaves = |leaves: &[(&str, usize, Slot)]| {
            leaves.iter().map(|&(path, offset, slot)| Leaf { path: path.to_string(), offset, slot }).collect()
        };
        match self {
            Type::Void => Vec::new(),
            Type::Byte => leaves(&[("", 0, Integer(1))]),
            Type::Node => leaves(&[
                (".tag", 0, Integer(8)),
                (".next", 8, Pointer(Type::Node)),
                (".data", 16, Pointer(Type::Void)),
                (".bytes", 24, Pointer(Type::Byte)),
            ]),
            Type::Pair => leaves(&[(".a", 0, Pointer(Type::Node)), (".n", 8, Integer(4)), (".b", 16, Pointer(Type::Node))]),
            Type::Wide => {
                let mut all: Vec<Leaf> = leaves(&[(".count", 0, Integer(8)), (".last", 80, Pointer(Type::Void))]);
                for part in 0..3 {
                    all.extend(Type::Pair.leaves().into_iter().map(|leaf| Leaf {
                        path: format!(".parts[{part}]{}", leaf.path),
                        offset: 8 + part * Type::Pair.size() + leaf.offset,
                        ..leaf
                    }));
                }
                all
            }
            Type::Word => leaves(&[("", 0, Union)]),
            Type::Tagged => leaves(&[(".kind", 0, Integer(8)), (".word", 8, Union), (".more", 16, Pointer(Type::Tagged))]),
            Type::Packed => leaves(&[
                (".c", 0, Integer(1)),
                (".p", 1, Pointer(Type::Node)),
                (".s", 9, Integer(2)),
                (".q", 11, Pointer(Type::Void)),
            ]),
            Type::Plain => leaves(&[(".x", 0, Integer(8)), (".y", 8, Integer(8))]),
            Type::NodePointer => leaves(&[("", 0, Pointer(Type::Node))]),
            Type::VoidPointer => leaves(&[("", 0, Pointer(Type::Void))]),
        }
    }

    /// Where pointers may stand.
    pub fn pointers(self) -> Vec<usize> {
        self.leaves().iter().filter(|leaf| !matches!(leaf.slot, Slot::Integer(_))).map(|leaf| leaf.offset).collect()
    }
}
