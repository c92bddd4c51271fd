// Flips one bit of a file after a run has hashed it and before it uses it. Loaded by LD_PRELOAD.
//   FLIP_FILE   the file
//   FLIP_BIT    the bit, from 0
//   FLIP_WAY    disk: in the file itself, at the first reading in it after one to its end, its time of change put back;
//               read: in what is read of it, as a failing disk would;
//               open: in the file itself, as it is opened for the second time
//   FLIP_FIRED  a file that is made when it was done
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int flipped, opened, hashed;

static int is_way(const char *way) {
    const char *wanted = getenv("FLIP_WAY");
    return wanted && strcmp(wanted, way) == 0;
}

static void tell(void) {
    const char *fired = getenv("FLIP_FIRED");
    int file = fired ? (int)syscall(SYS_openat, AT_FDCWD, fired, O_WRONLY | O_CREAT, 0600) : -1;
    if (file >= 0) syscall(SYS_close, file);
}

static void flip_on_disk(const char *path) {
    pthread_mutex_lock(&mutex);
    if (!flipped) {
        flipped = 1;
        long bit = atol(getenv("FLIP_BIT"));
        int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR);
        struct stat status;
        unsigned char byte;
        fstat(file, &status);
        if (syscall(SYS_pread64, file, &byte, 1, bit / 8) == 1) {
            byte ^= (unsigned char)(1 << bit % 8);
            if (syscall(SYS_pwrite64, file, &byte, 1, bit / 8) == 1) tell();
        }
        struct timespec times[2] = {status.st_atim, status.st_mtim};
        futimens(file, times);
        syscall(SYS_close, file);
    }
    pthread_mutex_unlock(&mutex);
}

static int is_file(int descriptor) {
    char link[64], path[PATH_MAX];
    const char *wanted = getenv("FLIP_FILE");
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = wanted ? readlink(link, path, sizeof path - 1) : 0;
    if (length <= 0) return 0;
    path[length] = 0;
    return strcmp(path, wanted) == 0;
}

static void note_open(const char *path) {
    const char *wanted = getenv("FLIP_FILE");
    if (!is_way("open") || !wanted || !path || strcmp(path, wanted) != 0) return;
    if (__atomic_add_fetch(&opened, 1, __ATOMIC_SEQ_CST) == 2) flip_on_disk(path);
}

static ssize_t read_at(const char *name, int descriptor, void *buffer, size_t count, off_t offset) {
    ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, name);
    int ours = is_file(descriptor);
    if (ours && is_way("disk") && __atomic_load_n(&hashed, __ATOMIC_SEQ_CST)) flip_on_disk(getenv("FLIP_FILE"));
    ssize_t done = real(descriptor, buffer, count, offset);
    long bit = ours && is_way("read") ? atol(getenv("FLIP_BIT")) : -1;
    if (bit >= 0 && bit / 8 >= offset && bit / 8 < offset + done) {
        ((unsigned char *)buffer)[bit / 8 - offset] ^= (unsigned char)(1 << bit % 8);
        tell();
    }
    return done;
}

ssize_t pread(int descriptor, void *buffer, size_t count, off_t offset) {
    return read_at("pread", descriptor, buffer, count, offset);
}
ssize_t pread64(int descriptor, void *buffer, size_t count, off_t offset) {
    return read_at("pread64", descriptor, buffer, count, offset);
}

// A hash goes to the file's end. Before it a run may have looked for where the file lies, which it compares later.
ssize_t read(int descriptor, void *buffer, size_t count) {
    ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
    ssize_t done = real(descriptor, buffer, count);
    if (done == 0 && is_file(descriptor)) __atomic_store_n(&hashed, 1, __ATOMIC_SEQ_CST);
    return done;
}

#define OPEN(name)                                                    \
    int name(const char *path, int flags, ...) {                      \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        va_list list;                                                 \
        va_start(list, flags);                                        \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0; \
        va_end(list);                                                 \
        note_open(path);                                              \
        return real(path, flags, mode);                               \
    }
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                                        \
    FILE *name(const char *path, const char *mode) {                       \
        FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, #name); \
        note_open(path);                                                   \
        return real(path, mode);                                           \
    }
FOPEN(fopen)
FOPEN(fopen64)
