/*
 * Files and folders.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native.h"

/* A function whose first argument is a path, and whose result is that of a system call. */
#define ON_PATH(name, call)                 \
  NATIVE(name) {                            \
    const char *path = text_of(ctx, args[0]); \
    if (!path) return JS_EXCEPTION;         \
    int result = call;                      \
    free_text(path);                        \
    return result_of(ctx, result);          \
  }

ON_PATH(open, open(path, int_of(ctx, args[1]) | O_CLOEXEC, int_of(ctx, args[2])))
ON_PATH(unlink, unlink(path))

NATIVE(rename) {
  const char *from = text_of(ctx, args[0]);
  if (!from) return JS_EXCEPTION;
  const char *to = text_of(ctx, args[1]);
  int result = to ? rename(from, to) : -1;
  free_text(from);
  if (!to) return JS_EXCEPTION;
  free_text(to);
  return result_of(ctx, result);
}

NATIVE(readLink) {
  char target[PATH_MAX];
  const char *path = text_of(ctx, args[0]);
  if (!path) return JS_EXCEPTION;
  ssize_t length = readlink(path, target, sizeof target);
  free_text(path);
  return length < 0 ? fail(ctx, errno) : new_text(ctx, target, length);
}

NATIVE(read) {
  size_t room;
  ssize_t length;
  uint8_t *bytes = bytes_of(ctx, args[1], &room);
  if (!bytes) return JS_EXCEPTION;
  do length = read(int_of(ctx, args[0]), bytes, room);
  while (length < 0 && errno == EINTR);
  return result_of(ctx, length);
}

NATIVE(write) {
  size_t size;
  ssize_t written;
  int most = int_of(ctx, args[2]);
  uint8_t *bytes = bytes_of(ctx, args[1], &size);
  if (!bytes) return JS_EXCEPTION;
  if (most > 0 && (size_t)most < size) size = most;
  do written = write(int_of(ctx, args[0]), bytes, size);
  while (written < 0 && errno == EINTR);
  return result_of(ctx, written);
}

NATIVE(seek) {
  return result_of(ctx, lseek(int_of(ctx, args[0]), number_of(ctx, args[1]),
                              int_of(ctx, args[2])));
}

NATIVE(truncate) {
  return result_of(ctx,
                   ftruncate(int_of(ctx, args[0]), number_of(ctx, args[1])));
}

NATIVE(sync) { return result_of(ctx, fsync(int_of(ctx, args[0]))); }

NATIVE(setMode) {
  return result_of(ctx, fchmod(int_of(ctx, args[0]), int_of(ctx, args[1])));
}

NATIVE(lock) {
  int result = flock(int_of(ctx, args[0]), int_of(ctx, args[1]));
  if (result < 0 && errno == EWOULDBLOCK) return JS_FALSE;
  return result < 0 ? fail(ctx, errno) : JS_TRUE;
}

static JSValue metadata_of(JSContext *ctx, const struct stat *it) {
  JSValue all[] = {
      JS_NewInt64(ctx, it->st_mode),
      JS_NewInt64(ctx, it->st_size),
      JS_NewInt64(ctx, it->st_dev),
      JS_NewInt64(ctx, it->st_ino),
      JS_NewInt64(ctx, it->st_uid),
      JS_NewInt64(ctx, it->st_nlink),
  };
  return new_list(ctx, sizeof all / sizeof *all, all);
}

NATIVE(stat) {
  struct stat found;
  if (fstat(int_of(ctx, args[0]), &found) < 0) return fail(ctx, errno);
  return metadata_of(ctx, &found);
}

NATIVE(statPath) {
  struct stat found;
  const char *path = text_of(ctx, args[0]);
  if (!path) return JS_EXCEPTION;
  int result =
      JS_ToBool(ctx, args[1]) ? stat(path, &found) : lstat(path, &found);
  free_text(path);
  return result < 0 ? fail(ctx, errno) : metadata_of(ctx, &found);
}

NATIVE(readFolder) {
  const char *path = text_of(ctx, args[0]);
  if (!path) return JS_EXCEPTION;
  DIR *folder = opendir(path);
  free_text(path);
  if (!folder) return fail(ctx, errno);
  JSValue list = JS_NewArray(ctx);
  bool is_whole = !JS_IsException(list);
  uint32_t at = 0;
  for (struct dirent *it; is_whole && (it = readdir(folder));) {
    const char *name = it->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    is_whole = append(ctx, list, at++, new_text(ctx, name, strlen(name)));
  }
  closedir(folder);
  if (is_whole) return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}
