/*
 * How values go from TypeScript to C and back.
 *
 * Names of files, arguments and variables are bytes to the system. Those that
 * are no UTF-8 become lone surrogates (0x80 is U+DC80), and bytes again on their
 * way back, so that every file can be named.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "native.h"

JSValue make_error;

int int_of(JSContext *ctx, JSValueConst value) {
  int32_t result = 0;
  JS_ToInt32(ctx, &result, value);
  return result;
}

double number_of(JSContext *ctx, JSValueConst value) {
  double result = 0;
  JS_ToFloat64(ctx, &result, value);
  return result;
}

static const struct {
  int number;
  const char *name;
} error_names[] = {
#define ROW(name) {name, #name},
    ROW(EPERM) ROW(ENOENT) ROW(EINTR) ROW(EIO) ROW(ENXIO) ROW(E2BIG)
    ROW(ENOEXEC) ROW(EBADF) ROW(EAGAIN) ROW(ENOMEM) ROW(EACCES) ROW(EBUSY)
    ROW(EEXIST) ROW(EXDEV) ROW(ENODEV) ROW(ENOTDIR) ROW(EISDIR) ROW(EINVAL)
    ROW(ENFILE) ROW(EMFILE) ROW(ENOTTY) ROW(ETXTBSY) ROW(EFBIG) ROW(ENOSPC)
    ROW(ESPIPE) ROW(EROFS) ROW(EMLINK) ROW(EPIPE) ROW(ENAMETOOLONG)
    ROW(ENOLCK) ROW(ENOSYS) ROW(ENOTEMPTY) ROW(ELOOP) ROW(ENONET) ROW(EPROTO)
    ROW(ENOTSOCK) ROW(EMSGSIZE) ROW(EPROTOTYPE) ROW(ENOPROTOOPT)
    ROW(EOPNOTSUPP) ROW(EAFNOSUPPORT) ROW(EADDRINUSE) ROW(EADDRNOTAVAIL)
    ROW(ENETDOWN) ROW(ENETUNREACH) ROW(ECONNABORTED) ROW(ECONNRESET)
    ROW(ENOBUFS) ROW(EISCONN) ROW(ENOTCONN) ROW(ETIMEDOUT) ROW(ECONNREFUSED)
    ROW(EHOSTDOWN) ROW(EHOSTUNREACH) ROW(EDQUOT) ROW(ESRCH)
#undef ROW
};

/* The name of an error number, which differs between machines. */
const char *name_of_error(int number) {
  for (size_t k = 0; k < sizeof error_names / sizeof *error_names; k++)
    if (error_names[k].number == number) return error_names[k].name;
  return "UNKNOWN";
}

/* Throws the system's error with this number. */
JSValue fail(JSContext *ctx, int number) {
  JSValue args[] = {JS_NewString(ctx, name_of_error(number)),
                    JS_NewInt32(ctx, number),
                    JS_NewString(ctx, strerror(number))};
  JSValue error = JS_Call(ctx, make_error, JS_UNDEFINED, 3, args);
  for (int k = 0; k < 3; k++) JS_FreeValue(ctx, args[k]);
  return JS_IsException(error) ? error : JS_Throw(ctx, error);
}

/* Closes a descriptor that is of no use, and throws why. */
JSValue fail_and_close(JSContext *ctx, int fd) {
  int number = errno;
  close(fd);
  return fail(ctx, number);
}

/* The result of a system call; throws if it failed. */
JSValue result_of(JSContext *ctx, int64_t result) {
  return result < 0 ? fail(ctx, errno) : JS_NewInt64(ctx, result);
}

/* Whether three bytes are U+DC80 to U+DCFF, as QuickJS writes lone surrogates. */
static bool is_escape(const uint8_t *p) {
  return p[0] == 0xed && ((p[1] == 0xb2 && p[2] >= 0x80) || p[1] == 0xb3);
}

/* A text for the system, to be given to `free_text`; throws, and returns NULL, if the value is none or holds a zero. */
const char *text_of(JSContext *ctx, JSValueConst value) {
  size_t length;
  const char *text = JS_ToCStringLen(ctx, &length, value);
  if (!text) return NULL;
  char *copy = strlen(text) == length ? malloc(length + 1) : NULL;
  if (!copy) {
    fail(ctx, strlen(text) == length ? ENOMEM : EINVAL);
    JS_FreeCString(ctx, text);
    return NULL;
  }
  char *end = copy;
  for (const uint8_t *p = (const uint8_t *)text; *p;) {
    if (is_escape(p)) {
      *end++ = (char)((p[1] & 3) << 6 | (p[2] & 0x3f));
      p += 3;
    } else {
      *end++ = (char)*p++;
    }
  }
  *end = 0;
  JS_FreeCString(ctx, text);
  return copy;
}

void free_text(const char *text) {
  int number = errno;
  free((void *)text);
  errno = number;
}

/* The bytes of a Uint8Array, as long as it is in use; NULL if they can't be had, also for none. */
uint8_t *bytes_of(JSContext *ctx, JSValueConst value, size_t *length) {
  size_t offset, unit, size;
  JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, length, &unit);
  if (JS_IsException(buffer)) return NULL;
  uint8_t *bytes = JS_GetArrayBuffer(ctx, &size, buffer);
  JS_FreeValue(ctx, buffer);
  return bytes ? bytes + offset : NULL;
}

/* How many bytes the character at `p` has; 0 if it is no UTF-8. */
static size_t character_at(const uint8_t *p, size_t left) {
  bool is_character, is_start;
  size_t size = measure(p, left, &is_character, &is_start);
  return is_character ? size : 0;
}

/* A string of bytes of the system. */
JSValue new_text(JSContext *ctx, const char *bytes, size_t length) {
  const uint8_t *from = (const uint8_t *)bytes;
  size_t wrong = 0;
  for (size_t at = 0, size; at < length; at += size ? size : 1)
    if ((size = character_at(from + at, length - at)) == 0) wrong++;
  if (wrong == 0) return JS_NewStringLen(ctx, bytes, length);
  uint8_t *escaped = malloc(length + 2 * wrong);
  if (!escaped) return fail(ctx, ENOMEM);
  size_t end = 0;
  for (size_t at = 0; at < length;) {
    size_t size = character_at(from + at, length - at);
    if (size > 0) {
      memcpy(escaped + end, from + at, size);
      end += size;
      at += size;
    } else {
      escaped[end++] = 0xed;
      escaped[end++] = from[at] < 0xc0 ? 0xb2 : 0xb3;
      escaped[end++] = 0x80 | (from[at++] & 0x3f);
    }
  }
  JSValue text = JS_NewStringLen(ctx, (char *)escaped, end);
  free(escaped);
  return text;
}

/* Sets an element of an array, and takes its value; false, with an exception, if that fails. */
bool append(JSContext *ctx, JSValueConst list, uint32_t at, JSValue value) {
  return !JS_IsException(value) &&
         JS_DefinePropertyValueUint32(ctx, list, at, value, JS_PROP_C_W_E) >= 0;
}

/* An array of values, which it takes; an exception if one of them is. */
JSValue new_list(JSContext *ctx, int count, JSValue *values) {
  JSValue list = JS_NewArray(ctx);
  bool is_whole = !JS_IsException(list);
  for (int k = 0; k < count; k++) {
    if (is_whole) is_whole = append(ctx, list, k, values[k]);
    else JS_FreeValue(ctx, values[k]);
  }
  if (is_whole) return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}
