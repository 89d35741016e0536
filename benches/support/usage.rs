//! What another process has used, as Linux tells it in `/proc`.

use std::{collections::HashMap, fs, time::Duration};

/// The processor time of a process, thread by thread: precise to the microsecond while its threads wait, where the sum that
/// the system keeps counts in hundredths of a second.
pub(crate) struct Usage {
    process: u32,
    /// By the thread's number. Threads that have ended stay.
    threads: HashMap<String, u64>,
}

impl Usage {
    /// Of the process with this number.
    pub(crate) fn of(process: u32) -> Self {
        Self { process, threads: HashMap::new() }
    }

    /// What it uses while `work` waits for it.
    pub(crate) fn during(&mut self, work: impl FnOnce()) -> Duration {
        let before = self.total();
        work();
        self.total().saturating_sub(before)
    }

    /// What all its threads have used since it began.
    fn total(&mut self) -> Duration {
        for entry in fs::read_dir(format!("/proc/{}/task", self.process)).unwrap() {
            let entry = entry.unwrap();
            // A thread may end meanwhile.
            let Ok(text) = fs::read_to_string(entry.path().join("schedstat")) else { continue };
            let nanoseconds = text.split(' ').next().unwrap().parse().unwrap();
            self.threads.insert(entry.file_name().into_string().unwrap(), nanoseconds);
        }
        Duration::from_nanos(self.threads.values().sum())
    }
}
