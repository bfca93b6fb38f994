# `just` lists these; `just ci` is exactly what CI runs.

default:
    @just --list

# Everything that CI checks.
ci:
    bash .ci/run

# Fast checks while working.
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

test:
    cargo test

# Real servers for the interop tests.
interop:
    tests/interop/install
    cargo test --test interop

# The figures against a peer.
bench:
    cargo bench --bench ingest
    cargo bench --bench frame
    cargo bench --bench rounds

# What is shipped.
dist:
    cargo build --profile dist
