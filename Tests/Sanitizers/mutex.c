// Lets ThreadSanitizer see Swift's Mutex, linked into what is built with it.
//
// Where nobody waits, a Mutex is an atomic number that the compiler puts into the code which uses it, and the sanitizer
// sees it. Where a thread has to wait, it calls into the library Synchronization, which was built without: then what one
// thread wrote before it let go, and the next one reads after it got hold, looks like a race. These two functions stand
// before those of the library and say what happens there; r13 is where Swift keeps `self`, the address of the lock.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SELF __attribute__((swift_context)) void *
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

__attribute__((swiftcall)) void lockSlow(uint32_t thread, SELF self) __asm__(LOCK);
__attribute__((swiftcall)) void unlockSlow(SELF self) __asm__(UNLOCK);

typedef __attribute__((swiftcall)) void (*Lock)(uint32_t, SELF);
typedef __attribute__((swiftcall)) void (*Unlock)(SELF);

__attribute__((swiftcall)) void lockSlow(uint32_t thread, SELF self) {
    ((Lock)dlsym(RTLD_NEXT, LOCK))(thread, self);
    __tsan_acquire(self);
}

__attribute__((swiftcall)) void unlockSlow(SELF self) {
    __tsan_release(self);
    ((Unlock)dlsym(RTLD_NEXT, UNLOCK))(self);
}
