//! Which groups are broken: what the writer's line breaks say.

use super::piece::{GroupIndex, Pieces, WHOLE_FILE};

/// Marks the groups that the writer broke, and tells the level of each piece.
pub fn settle(pieces: &mut Pieces) {
    pieces.groups[WHOLE_FILE.0].is_broken = true;
    for at in 1..pieces.pieces.len() {
        let piece = &pieces.pieces[at];
        if piece.breaks == 0 || piece.joins {
            continue;
        }
        let broken = match piece.closes {
            Some(group) => Some(group),
            None => (piece.starts_item && !piece.follows_attribute || piece.is_comment() && piece.is_at_item_level)
                .then_some(piece.group),
        };
        let mut braces = match piece.closes {
            Some(group) if pieces.group(group).kind.is_braces() => group,
            Some(group) => pieces.group(group).braces,
            None => nearest_braces(pieces, piece.group),
        };
        // Braces with a line break anywhere inside are broken themselves.
        while braces != WHOLE_FILE && !pieces.is_broken(braces) {
            pieces.groups[braces.0].is_broken = true;
            braces = pieces.group(braces).braces;
        }
        if let Some(group) = broken {
            pieces.groups[group.0].is_broken = true;
        }
    }
    for chain in 0..pieces.chains.len() {
        if let Some(&broken) = pieces.chains[chain].iter().find(|group| pieces.is_broken(**group)) {
            pieces.break_group(broken, false);
        }
    }
}

fn nearest_braces(pieces: &Pieces, group: GroupIndex) -> GroupIndex {
    if pieces.group(group).kind.is_braces() { group } else { pieces.group(group).braces }
}
