# What there is to do. Each recipe is one plain command, so `just` is a convenience and never needed.

# All that a change must pass.
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    ./test.sh

# The suite, or a part: just test --test golden
test *arguments:
    ./test.sh {{arguments}}

# Golden scripts whose name contains TEXT, as usual only.
golden TEXT:
    cargo run -q -- test --filter {{TEXT}} tests/golden

# Writes the expected diagnostics anew; look at the difference before you commit it.
bless:
    COTTER_BLESS=1 cargo test --test golden

# The suite with AddressSanitizer.
sanitize:
    .ci/sanitize

format:
    cargo fmt
