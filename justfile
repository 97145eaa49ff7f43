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

# Benchmarks beside the peers that are installed: just bench --suite gc
bench *arguments:
    cargo build --release
    python3 benches/run.py {{arguments}}

# Whether what is to be reached is reached.
marks:
    cargo build --release
    python3 benches/run.py --marks

# All tables of docs/performance.md anew.
tables:
    cargo build --release
    python3 benches/run.py --write

# Instruction counts, compared with the record; `just guard --record` writes it anew.
guard *arguments:
    cargo build --release
    python3 benches/guard.py {{arguments}}

# The tests of the benchmarks' own code.
test-benches:
    python3 -m unittest discover benches/harness -t benches

# The suite with AddressSanitizer.
sanitize:
    .ci/sanitize

format:
    cargo fmt
