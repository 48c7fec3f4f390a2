// A library for LD_PRELOAD that counts the calls which write below one folder, and lets one of
// them fail. What to do is in a file that the processes map and share; see failing_disk.py.
//
// Counted: opening to write, write and its relatives, truncation and allocation, fsync, rename,
// link, mkdir, chmod, and C's buffered files (fwrite, fflush, fclose), which do not reach `write`
// through the linker. Reading, closing and removing always work, as they do on a full disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum Mode { ONCE, FROM_THEN_ON, HALF_THEN_FULL };

typedef struct {
  atomic_int armed, count;
  int fail_at, mode, error, only_fsync;
  atomic_int failed;  // calls that were let fail
  char call[32];      // the first of them
  char path[1024];
  char folder[1024];
} Control;

static Control* control;

__attribute__((constructor)) static void map_control(void) {
  const char* path = getenv("FAILING_DISK_CONTROL");
  if (!path) return;
  int (*open_)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
  int handle = open_(path, O_RDWR);
  if (handle < 0) abort();
  void* found = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
  close(handle);
  if (found == MAP_FAILED) abort();
  control = found;
}

static int is_below(const char* path) {
  const size_t length = strlen(control->folder);
  return !strncmp(path, control->folder, length) && (path[length] == '/' || !path[length]);
}

// Whether a name, relative to a folder's descriptor, is below ours. Its last part need not exist.
static int names_ours(int at, const char* name, char* where) {
  if (!control || !control->armed || !name) return 0;
  char whole[PATH_MAX], parent[PATH_MAX];
  if (name[0] == '/') {
    snprintf(whole, sizeof whole, "%s", name);
  } else {
    char base[PATH_MAX], link[64];
    ssize_t n = -1;
    if (at == AT_FDCWD) {
      if (getcwd(base, sizeof base)) n = strlen(base);
    } else {
      snprintf(link, sizeof link, "/proc/self/fd/%d", at);
      n = readlink(link, base, sizeof base - 1);
    }
    if (n < 0) return 0;
    base[n] = 0;
    if (snprintf(whole, sizeof whole, "%s/%s", base, name) >= (int)sizeof whole) return 0;
  }
  char* slash = strrchr(whole, '/');
  *slash = 0;
  if (!realpath(*whole ? whole : "/", parent)) return 0;
  if (snprintf(where, PATH_MAX, "%s/%s", parent, slash + 1) >= PATH_MAX) return 0;
  return is_below(where);
}

static int is_ours(int handle, char* where) {
  if (!control || !control->armed) return 0;
  const int kept = errno;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t n = readlink(link, where, PATH_MAX - 1);
  errno = kept;
  if (n < 0) return 0;
  where[n] = 0;
  return is_below(where);
}

enum Verdict { WORK, FAIL, HALF };

// Count a call, and say what becomes of it.
static enum Verdict judged(const char* call, const char* where) {
  if (control->only_fsync && !strstr(call, "sync")) return WORK;
  const int number = atomic_fetch_add(&control->count, 1) + 1;
  const int at = control->fail_at;
  if (!at || number < at || (number > at && control->mode == ONCE)) return WORK;
  if (!atomic_fetch_add(&control->failed, 1)) {
    snprintf(control->call, sizeof control->call, "%s", call);
    snprintf(control->path, sizeof control->path, "%s", where);
  }
  if (number == at && control->mode == HALF_THEN_FULL && strstr(call, "write")) return HALF;
  errno = control->error;
  return FAIL;
}

#define REAL(name) ((__typeof__(&name))real(&found_##name, #name))
static void* real(void** found, const char* name) {
  if (!*found) *found = dlsym(RTLD_NEXT, name);
  return *found;
}

// A call on a descriptor, or on a name: fails, or goes to the C library.
#define BY_HANDLE(type, name, handle, parameters, arguments)                       \
  type name parameters {                                                           \
    static void* found_##name;                                                     \
    char where[PATH_MAX];                                                          \
    if (is_ours(handle, where) && judged(#name, where) == FAIL) return (type) - 1; \
    return REAL(name) arguments;                                                   \
  }
#define BY_NAME(name, at, path, parameters, arguments)                          \
  int name parameters {                                                         \
    static void* found_##name;                                                  \
    char where[PATH_MAX];                                                       \
    if (names_ours(at, path, where) && judged(#name, where) == FAIL) return -1; \
    return REAL(name) arguments;                                                \
  }
#define WRITER(name, handle, size, parameters, half, arguments) \
  ssize_t name parameters {                                     \
    static void* found_##name;                                  \
    char where[PATH_MAX];                                       \
    if (is_ours(handle, where)) {                               \
      const enum Verdict verdict = judged(#name, where);        \
      if (verdict == FAIL) return -1;                           \
      if (verdict == HALF && size > 1) return REAL(name) half;  \
    }                                                           \
    return REAL(name) arguments;                                \
  }

WRITER(write, fd, n, (int fd, const void* data, size_t n), (fd, data, n / 2), (fd, data, n))
WRITER(pwrite, fd, n, (int fd, const void* data, size_t n, off_t at), (fd, data, n / 2, at),
       (fd, data, n, at))
WRITER(pwrite64, fd, n, (int fd, const void* data, size_t n, off64_t at), (fd, data, n / 2, at),
       (fd, data, n, at))
WRITER(writev, fd, n, (int fd, const struct iovec* data, int n), (fd, data, n / 2), (fd, data, n))
WRITER(pwritev, fd, n, (int fd, const struct iovec* data, int n, off_t at), (fd, data, n / 2, at),
       (fd, data, n, at))
WRITER(pwritev64, fd, n, (int fd, const struct iovec* data, int n, off64_t at),
       (fd, data, n / 2, at), (fd, data, n, at))
WRITER(sendfile, to, n, (int to, int from, off_t* at, size_t n), (to, from, at, n / 2),
       (to, from, at, n))
WRITER(sendfile64, to, n, (int to, int from, off64_t* at, size_t n), (to, from, at, n / 2),
       (to, from, at, n))
BY_HANDLE(ssize_t, copy_file_range, to,
          (int from, off64_t* a, int to, off64_t* b, size_t n, unsigned flags),
          (from, a, to, b, n, flags))
BY_HANDLE(ssize_t, splice, to, (int from, off64_t* a, int to, off64_t* b, size_t n, unsigned flags),
          (from, a, to, b, n, flags))
BY_HANDLE(int, fsync, fd, (int fd), (fd))
BY_HANDLE(int, fdatasync, fd, (int fd), (fd))
BY_HANDLE(int, ftruncate, fd, (int fd, off_t size), (fd, size))
BY_HANDLE(int, ftruncate64, fd, (int fd, off64_t size), (fd, size))
BY_HANDLE(int, fallocate, fd, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
BY_HANDLE(int, fchmod, fd, (int fd, mode_t mode), (fd, mode))
BY_NAME(truncate, AT_FDCWD, path, (const char* path, off_t size), (path, size))
BY_NAME(truncate64, AT_FDCWD, path, (const char* path, off64_t size), (path, size))
BY_NAME(chmod, AT_FDCWD, path, (const char* path, mode_t mode), (path, mode))
BY_NAME(fchmodat, at, path, (int at, const char* path, mode_t mode, int flags),
        (at, path, mode, flags))
BY_NAME(rename, AT_FDCWD, to, (const char* from, const char* to), (from, to))
BY_NAME(renameat, b, to, (int a, const char* from, int b, const char* to), (a, from, b, to))
BY_NAME(renameat2, b, to, (int a, const char* from, int b, const char* to, unsigned flags),
        (a, from, b, to, flags))
BY_NAME(link, AT_FDCWD, to, (const char* from, const char* to), (from, to))
BY_NAME(linkat, b, to, (int a, const char* from, int b, const char* to, int flags),
        (a, from, b, to, flags))
BY_NAME(symlink, AT_FDCWD, to, (const char* from, const char* to), (from, to))
BY_NAME(symlinkat, b, to, (const char* from, int b, const char* to), (from, b, to))
BY_NAME(mknod, AT_FDCWD, path, (const char* path, mode_t mode, dev_t kind), (path, mode, kind))
BY_NAME(creat, AT_FDCWD, path, (const char* path, mode_t mode), (path, mode))

int posix_fallocate(int fd, off_t at, off_t size) {  // returns the error
  static void* found_posix_fallocate;
  char where[PATH_MAX];
  if (is_ours(fd, where) && judged("posix_fallocate", where) == FAIL) return control->error;
  return REAL(posix_fallocate)(fd, at, size);
}

// Opening a file and making a folder need space where there is none of that name.
static int making_fails(const char* call, int at, const char* path) {
  char where[PATH_MAX];
  struct stat found;
  if (!names_ours(at, path, where)) return 0;
  const int kept = errno;
  const int is_new = lstat(where, &found) != 0;
  errno = kept;
  return is_new && judged(call, where) == FAIL;
}

#define FOLDER_MAKER(name, at, parameters, arguments) \
  int name parameters {                               \
    static void* found_##name;                        \
    if (making_fails(#name, at, path)) return -1;     \
    return REAL(name) arguments;                      \
  }
FOLDER_MAKER(mkdir, AT_FDCWD, (const char* path, mode_t mode), (path, mode))
FOLDER_MAKER(mkdirat, at, (int at, const char* path, mode_t mode), (at, path, mode))

#define OPENER(name, at, parameters, arguments)                         \
  int name parameters {                                                 \
    static void* found_##name;                                          \
    mode_t mode = 0;                                                    \
    if (flags & (O_CREAT | O_TMPFILE)) {                                \
      va_list rest;                                                     \
      va_start(rest, flags);                                            \
      mode = va_arg(rest, mode_t);                                      \
      va_end(rest);                                                     \
    }                                                                   \
    if ((flags & O_CREAT) && making_fails("open", at, path)) return -1; \
    return REAL(name) arguments;                                        \
  }
OPENER(open, AT_FDCWD, (const char* path, int flags, ...), (path, flags, mode))
OPENER(open64, AT_FDCWD, (const char* path, int flags, ...), (path, flags, mode))
OPENER(openat, at, (int at, const char* path, int flags, ...), (at, path, flags, mode))
OPENER(openat64, at, (int at, const char* path, int flags, ...), (at, path, flags, mode))

// ---- C's buffered files: a call of theirs counts, whatever it writes at that moment
// ----------------

#define BUFFERED_OPENER(name)                                                                \
  FILE* name(const char* path, const char* mode) {                                           \
    static void* found_##name;                                                               \
    char where[PATH_MAX];                                                                    \
    if (mode[0] != 'r' && names_ours(AT_FDCWD, path, where) && judged(#name, where) == FAIL) \
      return NULL;                                                                           \
    return REAL(name)(path, mode);                                                           \
  }
BUFFERED_OPENER(fopen)
BUFFERED_OPENER(fopen64)

size_t fwrite(const void* data, size_t size, size_t n, FILE* file) {
  static void* found_fwrite;
  char where[PATH_MAX];
  if (is_ours(fileno(file), where)) {
    const enum Verdict verdict = judged("fwrite", where);
    if (verdict == FAIL) return 0;
    if (verdict == HALF && n > 1) {
      const size_t done = REAL(fwrite)(data, size, n / 2, file);
      errno = control->error;
      return done;
    }
  }
  return REAL(fwrite)(data, size, n, file);
}

int fflush(FILE* file) {
  static void* found_fflush;
  char where[PATH_MAX];
  if (file && is_ours(fileno(file), where) && judged("fflush", where) == FAIL) return EOF;
  return REAL(fflush)(file);
}

int fclose(FILE* file) {  // the file is closed even where it says that this failed
  static void* found_fclose;
  char where[PATH_MAX];
  const int handle = fileno(file);
  const int writes = handle >= 0 && (fcntl(handle, F_GETFL) & O_ACCMODE) != O_RDONLY;
  if (writes && is_ours(handle, where) && judged("fclose", where) == FAIL) {
    const int error = errno;
    REAL(fclose)(file);
    errno = error;
    return EOF;
  }
  return REAL(fclose)(file);
}
