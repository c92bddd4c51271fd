#pragma once

// What the C library can do with the memory it manages that its module does not show Swift.

#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

// Gives back to the system what was freed and is kept for later.
static inline void allocator_release_freed(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

// Keeps what was freed for the next allocation: planes of pixels are taken and freed thousands of times, and each page
// that comes back from the system is filled with zeros first.
static inline void allocator_keep_freed(void) {
#if defined(__GLIBC__)
    // The most that is allowed for a heap of a thread; what is larger is rare, and given back at once.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}
