/*
 * UTF-8, as the web's TextEncoder and TextDecoder have it.
 */
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* What stands for anything that is no character: U+FFFD. */
static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};

NATIVE(encode) {
  size_t length;
  const char *text = JS_ToCStringLen(ctx, &length, args[0]);
  if (!text) return JS_EXCEPTION;
  JSValue buffer =
      JS_NewArrayBufferCopy(ctx, (const uint8_t *)text, length);
  JS_FreeCString(ctx, text);
  if (JS_IsException(buffer)) return buffer;
  uint8_t *bytes = JS_GetArrayBuffer(ctx, &length, buffer);
  /* QuickJS writes lone surrogates as if they were characters. */
  for (size_t at = 0; at + 2 < length; at++)
    if (bytes[at] == 0xed && bytes[at + 1] >= 0xa0)
      memcpy(bytes + at, replacement, sizeof replacement);
  return buffer;
}

/*
 * How many bytes at `p` belong together: a character, or the longest start of
 * one, as the Encoding Standard counts what becomes one U+FFFD.
 */
size_t measure(const uint8_t *p, size_t left, bool *is_character,
               bool *is_start) {
  uint8_t low = 0x80, high = 0xbf;
  size_t size = p[0] < 0x80                    ? 1
                : p[0] >= 0xc2 && p[0] <= 0xdf ? 2
                : p[0] >= 0xe0 && p[0] <= 0xef ? 3
                : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                               : 0;
  if (p[0] == 0xe0) low = 0xa0;
  if (p[0] == 0xed) high = 0x9f;
  if (p[0] == 0xf0) low = 0x90;
  if (p[0] == 0xf4) high = 0x8f;
  size_t k = 1;
  for (; k < size && k < left && p[k] >= low && p[k] <= high; k++) {
    low = 0x80;
    high = 0xbf;
  }
  *is_character = k == size;
  *is_start = size > 0 && k == left && k < size;
  return k;
}

NATIVE(decode) {
  size_t length;
  uint8_t *bytes = bytes_of(ctx, args[0], &length);
  if (!bytes) return JS_EXCEPTION;
  bool is_fatal = JS_ToBool(ctx, args[1]), is_stream = JS_ToBool(ctx, args[2]);
  uint8_t *text = malloc(length * sizeof replacement + 1);
  if (!text) return fail(ctx, ENOMEM);
  size_t at = 0, end = 0;
  while (at < length) {
    bool is_character, is_start;
    size_t size = measure(bytes + at, length - at, &is_character, &is_start);
    if (is_start && is_stream) break;
    if (!is_character && is_fatal) {
      free(text);
      return JS_NULL;
    }
    size_t written = is_character ? size : sizeof replacement;
    memcpy(text + end, is_character ? bytes + at : replacement, written);
    end += written;
    at += size;
  }
  JSValue both[] = {JS_NewStringLen(ctx, (char *)text, end),
                    JS_NewInt64(ctx, length - at)};
  free(text);
  return new_list(ctx, 2, both);
}
