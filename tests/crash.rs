//! The real binary, killed: what the journal holds afterwards.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[expect(dead_code, reason = "only the scripted server is needed here")]
mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{DEADLINE, scripted_server};

/// Kill -9 in the middle of a flood, at several moments: every line but the torn last one is whole, in order, without
/// gaps, and nothing that was there 100 ms before is missing.
#[test]
fn kill_9_loses_nothing_old_and_damages_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    std::fs::write(&script, "{\"handshake\":\"2025-11-25\"}\n{\"flood\":100000000,\"size\":300}\n").unwrap();
    for round in 0..6_u32 {
        let journal = dir.path().join(format!("{round}.jsonl"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_mcp-tui"))
            .args(["raw", "never/answered", "--journal"])
            .arg(&journal)
            .args(["--config-dir", &dir.path().display().to_string(), "--"])
            .arg(scripted_server())
            .arg(&script)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let size = || std::fs::metadata(&journal).map_or(0, |found| found.len());
        let started = Instant::now();
        while size() < 500_000 * u64::from(round + 1) {
            assert!(started.elapsed() < DEADLINE, "the flood is recorded");
            std::thread::sleep(Duration::from_millis(1));
        }
        let before = size();
        // The promise is about what is older than this.
        std::thread::sleep(Duration::from_millis(100));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut next = 0;
        let scan = mcp_tui::journal::scan_file(&journal, |record| {
            assert_eq!(record.seq, next, "no gaps");
            next += 1;
            true
        })
        .unwrap();
        assert!(scan.damaged_count <= 1, "only the line being written may be torn: {scan:?}");
        assert!(scan.damaged.iter().all(|at| *at >= before), "what was there before stays whole");
        assert!(scan.records > 1_000);
    }
}
