//! Memory that was freed: how much of it the C library keeps for itself. Does nothing with another C library.

/// Has all threads share as many arenas as there are cores. Left alone, each of the many threads of the engine and the
/// runtime gets one of its own and keeps what was freed in it, which is more than a third of the memory of a run.
///
/// How much freed memory it gives back by itself is left to the library: fixed thresholds (`MALLOC_MMAP_THRESHOLD_` and
/// its like) take a twentieth of the time off a run of 500,000 assets and add a fifth to the memory of 5 million.
///
/// To be called before there is a second thread.
pub fn share_arenas() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = i32::try_from(crate::abreast::cores()).unwrap_or(i32::MAX);
        #[expect(unsafe_code, reason = "no safe way is offered; the function only takes two numbers")]
        // SAFETY: `mallopt` takes numbers only, refuses those it does not know, and takes the allocator's own lock.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, cores)
        };
    }
}

/// Gives back what was freed and is kept between what is in use: after work on so many rows that this is more than the
/// next work can take from it.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "no safe way is offered; the function only takes a number")]
        // SAFETY: `malloc_trim` looks at free memory only, and takes the allocator's own locks.
        unsafe {
            libc::malloc_trim(0)
        };
    }
}
