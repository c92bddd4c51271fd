// Makes one call of the C library fail, or it and all later ones of its kind: a disk that is full or breaks.
// Loaded by LD_PRELOAD. Only calls on files below FAULT_ROOT are counted.
//   FAULT_KIND   open, write, sync, rename, close or mkdir
//   FAULT_NUMBER the call that fails, from 1
//   FAULT_LASTS  1: so do all after it
//   FAULT_ERROR  the errno it fails with
//   FAULT_FIRED  a file that is made when it failed
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long count;

static int below_root(const char *path) {
    const char *root = getenv("FAULT_ROOT");
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

static int descriptor_below_root(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return below_root(path);
}

// Whether this call is to fail; then errno says how.
static int fails(const char *kind) {
    const char *wanted = getenv("FAULT_KIND"), *number = getenv("FAULT_NUMBER");
    if (!wanted || !number || strcmp(wanted, kind) != 0) return 0;
    pthread_mutex_lock(&mutex);
    long now = ++count;
    pthread_mutex_unlock(&mutex);
    long first = atol(number);
    if (now != first && !(now > first && getenv("FAULT_LASTS"))) return 0;
    const char *fired = getenv("FAULT_FIRED");
    if (fired && now == first) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, fired, O_WRONLY | O_CREAT, 0600);
        if (file >= 0) syscall(SYS_close, file);
    }
    const char *code = getenv("FAULT_ERROR");
    errno = code ? atoi(code) : EIO;
    return 1;
}

#define REAL(result, name, ...)                       \
    static result (*real)(__VA_ARGS__);               \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define OPEN(function)                                                                      \
    int function(const char *path, int flags, ...) {                                        \
        REAL(int, #function, const char *, int, ...);                                       \
        mode_t mode = 0;                                                                    \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                \
            va_list list;                                                                   \
            va_start(list, flags);                                                          \
            mode = va_arg(list, mode_t);                                                    \
            va_end(list);                                                                   \
        }                                                                                   \
        if (below_root(path) && fails("open")) return -1;                                   \
        return real(path, flags, mode);                                                     \
    }
OPEN(open)
OPEN(open64)

#define FOPEN(function)                                                                     \
    FILE *function(const char *path, const char *mode) {                                    \
        REAL(FILE *, #function, const char *, const char *);                                \
        if (below_root(path) && fails("open")) return NULL;                                 \
        return real(path, mode);                                                            \
    }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int file, const void *bytes, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (descriptor_below_root(file) && fails("write")) return -1;
    return real(file, bytes, size);
}

#define PWRITE(function, offset_type)                                                       \
    ssize_t function(int file, const void *bytes, size_t size, offset_type offset) {        \
        REAL(ssize_t, #function, int, const void *, size_t, offset_type);                   \
        if (descriptor_below_root(file) && fails("write")) return -1;                       \
        return real(file, bytes, size, offset);                                             \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

size_t fwrite(const void *bytes, size_t size, size_t number, FILE *file) {
    REAL(size_t, "fwrite", const void *, size_t, size_t, FILE *);
    if (descriptor_below_root(fileno(file)) && fails("write")) return 0;
    return real(bytes, size, number, file);
}

#define TRUNCATE(function, offset_type)                                                     \
    int function(int file, offset_type size) {                                              \
        REAL(int, #function, int, offset_type);                                             \
        if (descriptor_below_root(file) && fails("write")) return -1;                       \
        return real(file, size);                                                            \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define ON_FILE(function, kind)                                                             \
    int function(int file) {                                                                \
        REAL(int, #function, int);                                                          \
        if (descriptor_below_root(file) && fails(kind)) return -1;                          \
        return real(file);                                                                  \
    }
ON_FILE(fsync, "sync")
ON_FILE(fdatasync, "sync")

// A close that fails closes all the same. One of a file that was only read loses nothing: such ones are not counted.
int close(int file) {
    REAL(int, "close", int);
    int flags = fcntl(file, F_GETFL);
    int counts = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && descriptor_below_root(file) && fails("close");
    int code = errno, answer = real(file);
    if (!counts) return answer;
    errno = code;
    return -1;
}

int fclose(FILE *file) {
    REAL(int, "fclose", FILE *);
    int descriptor = fileno(file), flags = fcntl(descriptor, F_GETFL);
    int counts = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && descriptor_below_root(descriptor) && fails("close");
    int code = errno, answer = real(file);
    if (!counts) return answer;
    errno = code;
    return EOF;
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    if (below_root(to) && fails("rename")) return -1;
    return real(from, to);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    if (below_root(path) && fails("mkdir")) return -1;
    return real(path, mode);
}
