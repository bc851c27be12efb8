/* A disk that can lose power, stall and fill up, for one server: loaded into it by LD_PRELOAD.

   DISK_NOTES  takes a line "inode size nanoseconds" for each fsync or fdatasync of a file that
               succeeded: how much of it a power cut leaves, and when (CLOCK_MONOTONIC) that began
   DISK_STALL  while this path exists, no sync of a file ends
   DISK_FULL   while this path exists, a file takes half of a write and then nothing (ENOSPC)

   A size is read before its sync begins, so that what is appended meanwhile is not counted. A new
   file is noted as empty, since its inode may be that of one that was deleted. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOTES (O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)

static int is_file(int fd, struct stat *found) {
    return fstat(fd, found) == 0 && S_ISREG(found->st_mode);
}

static int is_told(const char *name) {
    const char *path = getenv(name);
    return path && access(path, F_OK) == 0;
}

static void note(const struct stat *file, const struct timespec *began) {
    static int notes = -1;
    char line[96];
    const char *path = getenv("DISK_NOTES");
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    if (notes < 0 && path) notes = real_open(path, NOTES, 0600);
    if (notes < 0) return;
    int length = snprintf(line, sizeof line, "%llu %lld %lld%09ld\n",
                          (unsigned long long)file->st_ino, (long long)file->st_size,
                          (long long)began->tv_sec, began->tv_nsec);
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (real(notes, line, length) != length) abort(); /* a proof must not go on without its notes */
}

static int synced(int fd, const char *name) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    struct stat file;
    struct timespec began;
    if (!is_file(fd, &file)) return real(fd);
    while (is_told("DISK_STALL")) usleep(1000);
    clock_gettime(CLOCK_MONOTONIC, &began);
    int status = real(fd);
    if (status == 0) note(&file, &began);
    return status;
}

int fsync(int fd) { return synced(fd, "fsync"); }

int fdatasync(int fd) { return synced(fd, "fdatasync"); }

static int opened(const char *name, const char *path, int flags, mode_t mode) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
    struct stat file;
    struct timespec began;
    int fd = real(path, flags, mode);
    if (fd >= 0 && (flags & O_CREAT) && is_file(fd, &file) && file.st_size == 0) {
        clock_gettime(CLOCK_MONOTONIC, &began);
        note(&file, &began);
    }
    return fd;
}

#define OPEN(name)                                                 \
    int name(const char *path, int flags, ...) {                   \
        va_list rest;                                              \
        va_start(rest, flags);                                     \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                              \
        return opened(#name, path, flags, mode);                   \
    }

OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *buffer, size_t count) {
    static __thread int has_half;
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    struct stat file;
    if (!is_told("DISK_FULL") || !is_file(fd, &file)) {
        has_half = 0;
        return real(fd, buffer, count);
    }
    if (!has_half && count > 1) {
        has_half = 1;
        return real(fd, buffer, count / 2);
    }
    errno = ENOSPC;
    return -1;
}
