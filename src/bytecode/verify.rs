//! The structural verifier: every operand in range, every jump inside, every handler sane.
//!
//! It says nothing about meaning; it proves that the interpreter can use operands without looking at bounds.

use super::{Capture, Code, HandlerKind, Instruction, Op, Operands, Unit};

/// The number of registers a frame must have for an instruction: one more than the highest register it touches.
pub fn register_bound(instruction: Instruction) -> usize {
    let (a, b, c) = (instruction.a(), instruction.b(), instruction.c());
    // Operations that use more registers than their operands name.
    let extent = match instruction.op() {
        Op::RangePrepare | Op::RangeLoop => a + 2,
        Op::IteratePrepare => (a + 2).max(b),
        Op::IterateNext => a + 3,
        Op::IterateNextPair => a + 4,
        Op::Call | Op::CallNamed => a + b,
        Op::CallSpread | Op::CallMethod => a + 1 + b,
        Op::GetSlice => a.max(b + 2),
        Op::Unpack => (a + c + usize::from(instruction.x() == 1)).saturating_sub(1).max(b),
        // `c` counts elements of a value here.
        Op::MatchList => a.max(b),
        Op::NewMap | Op::MapInsert => a.max((b + 2 * c).saturating_sub(1)),
        Op::NewSliceFrom => a.max(b + 1),
        // What the type asks for is not known here; the compiler gives one register for each field.
        Op::MakeRecord => a.max(b),
        Op::NewInArena => match instruction.x() {
            0 => a,
            3 => a.max(b + 1),
            _ => a.max(b),
        },
        Op::ImportName => a + 1,
        op => match op.operands() {
            Operands::None | Operands::Jump | Operands::Extern => return 0,
            Operands::A
            | Operands::ANumber
            | Operands::AConstant
            | Operands::AJump
            | Operands::ANumberJump
            | Operands::AConstantJump
            | Operands::ACaptured
            | Operands::ASlot
            | Operands::AFunction
            | Operands::AType
            | Operands::AExtern => a,
            Operands::AB
            | Operands::ABConstant
            | Operands::ABNumber
            | Operands::ABJump
            | Operands::ABCache
            | Operands::ABType => a.max(b),
            Operands::ABC => a.max(b).max(c),
            Operands::ARun => a.max((b + c).saturating_sub(1)),
            Operands::Call | Operands::CallWith => a + b,
        },
    };
    extent + 1
}

/// Where an instruction may jump, if it may.
pub fn jump_target(index: usize, instruction: Instruction) -> Option<i64> {
    let next = index as i64 + 1;
    match instruction.op().operands() {
        Operands::Jump | Operands::AJump => Some(next + i64::from(instruction.signed_wide())),
        Operands::ABJump | Operands::ANumberJump | Operands::AConstantJump => Some(next + i64::from(instruction.signed_c())),
        _ => None,
    }
}

/// The largest number that `x` may hold.
fn maximum_x(op: Op) -> u8 {
    match op {
        Op::NewInArena | Op::AddressOfValue => 3,
        Op::CheckType => 2,
        Op::RangePrepare | Op::GetSlice | Op::NewRange | Op::SizeOf | Op::Unpack | Op::MatchList => 1,
        Op::AddNumber | Op::AddConstant | Op::MultiplyConstant => 1,
        _ => 0,
    }
}

/// Verifies a function and those inside it. The message names the function and the instruction.
pub fn verify_code(code: &Code) -> Result<(), String> {
    let fail = |index: usize, what: &str| Err(format!("function `{}`, instruction {index}: {what}", code.name));
    let length = code.instructions.len();
    if code.ranges.len() != length {
        return fail(0, "there is not one range for each instruction");
    }
    let arguments = code.parameters.len() + usize::from(code.rest.is_some());
    if arguments > code.register_count as usize {
        return fail(0, "more parameters than registers");
    }
    let defaults = code.parameters.iter().filter(|p| p.has_default).count();
    if code.required as usize + defaults != code.parameters.len() {
        return fail(0, "the number of required parameters is wrong");
    }
    for (index, &instruction) in code.instructions.iter().enumerate() {
        let op = instruction.op();
        if register_bound(instruction) > code.register_count as usize {
            return fail(index, "register out of range");
        }
        if register_bound(instruction) > code.live_registers(index) {
            return fail(index, "uses a register that is not live");
        }
        if jump_target(index, instruction).is_some_and(|target| target < 0 || target >= length as i64) {
            return fail(index, "jump out of the function");
        }
        if instruction.x() > maximum_x(op) {
            return fail(index, "operand x out of range");
        }
        let (table, used, size) = match op.operands() {
            Operands::AConstant => ("constant", instruction.wide_operand(), code.constants.len()),
            Operands::ABConstant => ("constant", instruction.c(), code.constants.len()),
            Operands::AConstantJump => ("constant", instruction.b(), code.constants.len()),
            Operands::ACaptured => ("captured variable", instruction.b(), code.captures.len()),
            Operands::AFunction => ("function", instruction.wide_operand(), code.functions.len()),
            Operands::ABCache => ("cache", instruction.c(), code.caches.len()),
            Operands::AType => ("type", instruction.wide_operand(), code.types.len()),
            Operands::ABType if op == Op::OffsetOf => {
                if instruction.b() >= code.constants.len() {
                    return fail(index, "constant out of range");
                }
                ("type", instruction.c(), code.types.len())
            }
            Operands::ABType => ("type", instruction.c(), code.types.len()),
            Operands::CallWith if op == Op::CallMethod => ("cache", instruction.c(), code.caches.len()),
            Operands::CallWith if op == Op::CallSpread && instruction.b() == 0 => continue,
            Operands::CallWith => ("constant", instruction.c(), code.constants.len()),
            _ => continue,
        };
        if used >= size {
            return fail(index, &format!("{table} out of range"));
        }
    }
    let is_end =
        |op: Op| matches!(op, Op::Return | Op::ReturnNil | Op::Throw | Op::Rethrow | Op::MatchFailed | Op::Jump | Op::Loop);
    if !code.instructions.last().is_some_and(|last| is_end(last.op())) {
        return fail(length, "runs off its end");
    }
    for handler in &code.handlers {
        let target = match handler.kind {
            HandlerKind::Catch { target } | HandlerKind::Cleanup { target } => target as usize,
            HandlerKind::Chain => handler.start as usize,
        };
        let is_sane = handler.start < handler.end
            && handler.end as usize <= length
            && target < length
            && handler.register < code.register_count
            && handler.register < handler.live
            && handler.live <= code.register_count;
        if !is_sane {
            return fail(handler.start as usize, "bad handler");
        }
    }
    if code.live.windows(2).any(|pair| pair[0].from >= pair[1].from) {
        return fail(0, "changes of the live registers are out of order");
    }
    for function in &code.functions {
        for capture in &function.captures {
            let is_sane = match *capture {
                Capture::Register(register) => register < code.register_count,
                Capture::Captured(index) => (index as usize) < code.captures.len(),
            };
            if !is_sane {
                return fail(length, "capture out of range");
            }
        }
        verify_code(function)?;
    }
    Ok(())
}

/// Verifies all the code of a unit, and its slots and extern tables.
pub fn verify_unit(unit: &Unit) -> Result<(), String> {
    let slots = unit.first_slot as usize + unit.slots.len();
    let mut codes = vec![&unit.main];
    codes.extend(unit.functions.iter().map(|(_, code)| code));
    for record in &unit.records {
        codes.extend(record.methods.iter().map(|(_, code)| code));
        codes.extend(&record.constructor);
    }
    if unit.record_slots.len() != unit.records.len() || unit.enum_slots.len() != unit.enums.len() {
        return Err("records or enums without their slots".to_string());
    }
    while let Some(code) = codes.pop() {
        if std::rc::Rc::ptr_eq(code, &unit.main) || code.captures.is_empty() {
            verify_code(code)?;
        } else if !code.captures.is_empty() && unit.functions.iter().any(|(_, f)| std::rc::Rc::ptr_eq(f, code)) {
            return Err(format!("top-level function `{}` captures", code.name));
        }
        for (index, &instruction) in code.instructions.iter().enumerate() {
            let (what, used, size) = match instruction.op().operands() {
                Operands::ASlot => ("slot", instruction.wide_operand(), slots),
                Operands::Extern => ("extern block", instruction.wide_operand(), unit.extern_blocks.len()),
                Operands::AExtern => ("extern variable", instruction.wide_operand(), unit.extern_variables.len()),
                _ => continue,
            };
            if used >= size {
                return Err(format!("function `{}`, instruction {index}: {what} out of range", code.name));
            }
        }
        codes.extend(&code.functions);
    }
    Ok(())
}
