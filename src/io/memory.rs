//! Memory that was freed: how much of it the C library keeps for itself.

/// Arranges the C library's allocator for work in a few threads with large blocks, but for what the environment sets
/// (`MALLOC_ARENA_MAX` and its like). Left alone, each of the many threads of the engine and the runtime gets an arena of
/// its own and keeps what was freed in it, which is more than a third of the memory of a run; and columns are given back
/// to the system and fetched from it again, page by page, until the allocator has learnt their size, which is up to a
/// tenth of the time. Does nothing with another C library.
///
/// To be called before there is a second thread.
pub fn arrange() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const MIB: i32 = 1 << 20;
        let cores =
            std::thread::available_parallelism().map_or(1, |cores| i32::try_from(cores.get()).unwrap_or(i32::MAX));
        for (name, option, value) in [
            ("MALLOC_ARENA_MAX", libc::M_ARENA_MAX, cores),
            // The largest that it takes.
            ("MALLOC_MMAP_THRESHOLD_", libc::M_MMAP_THRESHOLD, 32 * MIB),
            ("MALLOC_TRIM_THRESHOLD_", libc::M_TRIM_THRESHOLD, 256 * MIB),
            ("MALLOC_TOP_PAD_", libc::M_TOP_PAD, 16 * MIB),
        ] {
            if std::env::var_os(name).is_none() {
                #[expect(unsafe_code, reason = "no safe way is offered; the function only takes two numbers")]
                // SAFETY: `mallopt` takes numbers only, refuses those it does not know, and takes the allocator's own lock.
                unsafe {
                    libc::mallopt(option, value)
                };
            }
        }
    }
}
