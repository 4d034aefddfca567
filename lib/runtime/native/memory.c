/*
 * Memory for the engine. Small pieces come from pages that hold pieces of one
 * size each: musl's malloc took half of a heartbeat's time, most of it to find
 * out how large a piece is. Pages never go back to the system.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "native.h"

/*
 * Sizes are multiples of `grain` up to `most`, in bytes. A larger piece than
 * `vital` may be missing: the engine throws an error then.
 */
enum {
  grain = 16,
  most = 512,
  page_bits = 14,
  page_size = 1 << page_bits,
  vital = 64 * 1024
};

/* How many addresses are reserved; they take no memory before they are used. */
#define ROOM (sizeof(void *) == 8 ? (size_t)1 << 30 : (size_t)96 << 20)

static uint8_t *room, *room_next, *room_end;

/* The size of the pieces of each page, in grains. */
static uint8_t grains_of_page[((size_t)1 << 30) >> page_bits];

/* The pieces of each size: those that were given back, and a page with fresh ones. */
static struct size_class {
  void *free;
  uint8_t *fresh, *fresh_end;
} classes[most / grain + 1];

static bool is_small(const void *piece) {
  return (const uint8_t *)piece >= room && (const uint8_t *)piece < room_next;
}

static size_t grains_of(const void *piece) {
  return grains_of_page[(size_t)((const uint8_t *)piece - room) >> page_bits];
}

static size_t size_of(const void *piece) {
  if (!piece) return 0;
  return is_small(piece) ? grains_of(piece) * grain
                         : malloc_usable_size((void *)piece);
}

static void *take_small(size_t grains) {
  struct size_class *it = &classes[grains];
  size_t size = grains * grain;
  void *piece = it->free;
  if (piece) {
    it->free = *(void **)piece;
    return piece;
  }
  if ((size_t)(it->fresh_end - it->fresh) < size) {
    if (room_end - room_next < page_size) return malloc(size);
    grains_of_page[(size_t)(room_next - room) >> page_bits] = grains;
    it->fresh = room_next;
    it->fresh_end = room_next += page_size;
  }
  piece = it->fresh;
  it->fresh += size;
  return piece;
}

/* Ends the process if a piece is missing that even an error needs. The engine is not to be relied on without: it overflows its stack, or takes a failure for an answer. */
static void *or_end(void *piece, size_t size) {
  static const char reason[] = "lifesign: Cannot go on: there is not enough memory\n";
  if (piece || size > vital) return piece;
  restore_terminal();
  if (write(2, reason, sizeof reason - 1) < 0) _exit(1);
  _exit(1);
}

static void *take(JSMallocState *state, size_t size) {
  if (size == 0) return NULL;
  size_t grains = (size + grain - 1) / grain;
  void *piece = or_end(size <= most ? take_small(grains) : malloc(size), size);
  if (!piece) return NULL;
  state->malloc_count++;
  state->malloc_size += is_small(piece) ? grains * grain : size_of(piece);
  return piece;
}

static void give_back(JSMallocState *state, void *piece) {
  if (!piece) return;
  state->malloc_count--;
  if (is_small(piece)) {
    size_t grains = grains_of(piece);
    struct size_class *it = &classes[grains];
    *(void **)piece = it->free;
    it->free = piece;
    state->malloc_size -= grains * grain;
  } else {
    state->malloc_size -= size_of(piece);
    free(piece);
  }
}

static void *resize(JSMallocState *state, void *piece, size_t size) {
  if (!piece) return take(state, size);
  size_t before = size_of(piece);
  if (size == 0) {
    give_back(state, piece);
    return NULL;
  }
  if (is_small(piece) && size <= before && size + grain > before) return piece;
  if (is_small(piece) || size <= most) {
    void *other = take(state, size);
    if (!other) return NULL;
    memcpy(other, piece, size < before ? size : before);
    give_back(state, piece);
    return other;
  }
  void *other = or_end(realloc(piece, size), size);
  if (other) state->malloc_size += size_of(other) - before;
  return other;
}

const JSMallocFunctions memory_functions = {take, give_back, resize, size_of};

/* Reserves room for small pieces. Without it, or with PLAIN_MEMORY for a sanitizer, malloc gives all of them. */
void prepare_memory(void) {
#ifndef PLAIN_MEMORY
  void *start = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return;
  room = room_next = start;
  room_end = room + ROOM;
#endif
}

/* Gives back the pages of a process that uses the engine no more, or its parent would copy each that it changes. */
void drop_memory(void) {
  if (room) madvise(room, room_next - room, MADV_DONTNEED);
}
