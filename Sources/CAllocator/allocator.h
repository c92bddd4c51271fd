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
