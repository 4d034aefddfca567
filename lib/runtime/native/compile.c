/*
 * Compiles modules to bytecode, as a table in C; a program of the build.
 *
 *   compile little|big OUT NAME=MODULE.js...
 *
 * The first module is read first of all, the second one is evaluated, and the
 * others are read when they are imported.
 *
 * The engine swaps bytecode for a target with the other order of bytes, but not
 * the regular expressions within: these are swapped here, when the parser has
 * compiled them. None is ever executed here.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cutils.h"
#include "libregexp.h"
#include "quickjs.h"

static bool is_swapped;

/* The operations of regular expressions: their lengths, and where the numbers in them are. */
enum {
#define DEF(id, size) re_##id,
#include "libregexp-opcode.h"
#undef DEF
  re_count
};
static const uint8_t sizes[] = {
#define DEF(id, size) size,
#include "libregexp-opcode.h"
#undef DEF
};

/* The header of a regular expression: flags, captures, stack, and the length of the operations in 4 bytes. */
enum { length_at = 3, header_size = 7 };

static uint32_t swap16(uint8_t *at) {
  uint32_t before = get_u16(at);
  put_u16(at, bswap16(before));
  return before;
}

static uint32_t swap32(uint8_t *at) {
  uint32_t before = get_u32(at);
  put_u32(at, bswap32(before));
  return before;
}

static void swap_regexp(uint8_t *regexp) {
  uint8_t *at = regexp + header_size;
  uint8_t *end = at + swap32(regexp + length_at);
  while (at < end) {
    size_t size = sizes[*at], count;
    switch (*at) {
      case re_char:
        swap16(at + 1);
        break;
      case re_range:
        count = swap16(at + 1);
        for (size_t k = 0; k < 2 * count; k++) swap16(at + size + 2 * k);
        size += 4 * count;
        break;
      case re_range32:
        count = swap16(at + 1);
        for (size_t k = 0; k < 2 * count; k++) swap32(at + size + 4 * k);
        size += 8 * count;
        break;
      case re_simple_greedy_quant:
        for (size_t k = 0; k < 4; k++) swap32(at + 1 + 4 * k);
        break;
      default:
        /* All other numbers fill four bytes behind the operation. */
        if (size == 5) swap32(at + 1);
    }
    at += size;
  }
}

/* The engine calls this in place of `lre_compile`: see the flags of the build. */
uint8_t *compile_regexp_for_target(int *length, char *error, int error_size,
                                   const char *text, size_t text_length,
                                   int flags, void *opaque) {
  uint8_t *regexp = lre_compile(length, error, error_size, text, text_length,
                                flags, opaque);
  if (regexp && is_swapped) swap_regexp(regexp);
  return regexp;
}

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  char *text = NULL;
  if (fseek(file, 0, SEEK_END) == 0 && (*length = ftell(file)) > 0 &&
      (text = malloc(*length + 1))) {
    rewind(file);
    text[*length] = 0;
    if (fread(text, 1, *length, file) != *length) {
      free(text);
      text = NULL;
    }
  }
  fclose(file);
  return text;
}

static uint8_t *compile(JSContext *ctx, const char *name, const char *path,
                        size_t *size) {
  size_t length = 0;
  char *text = read_file(path, &length);
  if (!text) {
    fprintf(stderr, "Cannot read %s\n", path);
    return NULL;
  }
  JSValue module = JS_Eval(ctx, text, length, name,
                           JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  free(text);
  if (JS_IsException(module)) {
    JSValue error = JS_GetException(ctx);
    JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
    fprintf(stderr, "%s\n%s", JS_ToCString(ctx, error),
            JS_ToCString(ctx, stack));
    return NULL;
  }
  int flags = JS_WRITE_OBJ_BYTECODE | (is_swapped ? JS_WRITE_OBJ_BSWAP : 0);
  return JS_WriteObject(ctx, size, module, flags);
}

static void write_bytes(FILE *out, int number, const uint8_t *bytes,
                        size_t size) {
  fprintf(out, "static const uint8_t bytecode_%d[] = {", number);
  for (size_t k = 0; k < size; k++)
    fprintf(out, k % 24 ? "%d," : "\n%d,", bytes[k]);
  fprintf(out, "\n};\n");
}

static int begin(JSContext *ctx, JSModuleDef *module) {
  (void)ctx, (void)module;
  return 0;
}

/* Other modules are not looked at: empty ones stand for them. */
static JSModuleDef *stand_in(JSContext *ctx, const char *name, void *opaque) {
  (void)opaque;
  return JS_NewCModule(ctx, name, begin);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "Usage: compile little|big OUT NAME=MODULE.js...\n");
    return 1;
  }
  bool is_big = strcmp(argv[1], "big") == 0;
  is_swapped = is_big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
  FILE *out = fopen(argv[2], "w");
  if (!out) {
    fprintf(stderr, "Cannot write %s\n", argv[2]);
    return 1;
  }
  fprintf(out, "#include \"native.h\"\n");
  for (int k = 3; k < argc; k++) {
    char *path = strchr(argv[k], '=');
    if (!path) return 1;
    *path++ = 0;
    JSRuntime *runtime = JS_NewRuntime();
    JSContext *ctx = runtime ? JS_NewContext(runtime) : NULL;
    if (!ctx) return 1;
    JS_SetModuleLoaderFunc(runtime, NULL, stand_in, NULL);
    JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
    size_t size;
    uint8_t *bytecode = compile(ctx, argv[k], path, &size);
    if (!bytecode) return 1;
    write_bytes(out, k, bytecode, size);
  }
  fprintf(out, "const struct module modules[] = {\n");
  for (int k = 3; k < argc; k++)
    fprintf(out, "{\"%s\", bytecode_%d, sizeof bytecode_%d},\n", argv[k], k, k);
  fprintf(out, "{0},\n};\n");
  return fclose(out) == 0 ? 0 : 1;
}
