/*
 * Memory for the engine. Small pieces come from pages that hold pieces of one
 * size each: musl's malloc took half of a heartbeat's time, most of it to find
 * out how large a piece is. Pages without a piece in use go back to the system now
 * and then, when there is nothing else to do.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "native.h"

/*
 * Sizes are multiples of `grain` up to `fine` bytes. Beyond, each doubling has
 * four sizes, up to `most` bytes. A larger piece than `vital` may be missing: the
 * engine throws an error then.
 */
enum {
  grain = 8,
  fine_bits = 9,
  fine = 1 << fine_bits,
  most_bits = 11,
  most = 1 << most_bits,
  class_count = fine / grain + 4 * (most_bits - fine_bits),
  page_bits = 12,
  page_size = 1 << page_bits,
  most_pages = 1 << (30 - page_bits),
  no_class = class_count,
  vital = 64 * 1024
};

/* How many addresses are reserved; they take no memory before they are used. */
#define ROOM (sizeof(void *) == 8 ? (size_t)1 << 30 : (size_t)96 << 20)

static uint8_t *room, *room_next, *room_end;

/* The class of the pieces of each page; `no_class` of one that has none now. */
static uint8_t class_of_page[most_pages];

/* Of a page without pieces the next one, from 1 on, or 0; of others how many pieces are free, while somebody counts them. */
static uint32_t note_of_page[most_pages];
static uint32_t first_empty;

/* How many bytes the pages with pieces have, and those of these that are in use. */
static size_t held, used;

/* The pieces of each size: those that were given back, and a page with fresh ones. */
static struct size_class {
  void *free;
  uint8_t *fresh, *fresh_end;
  size_t size;
} classes[class_count];

static size_t class_for(size_t size) {
  if (size <= fine) return (size - 1) / grain;
  int bits = 8 * sizeof size - 1 - __builtin_clzl(size - 1);
  return fine / grain + 4 * (bits - fine_bits) +
         (((size - 1) >> (bits - 2)) & 3);
}

static size_t size_of_class(size_t number) {
  if (number < fine / grain) return (number + 1) * grain;
  size_t step = number - fine / grain;
  return (size_t)(5 + step % 4) << (fine_bits - 2 + step / 4);
}

static bool is_small(const void *piece) {
  return (const uint8_t *)piece >= room && (const uint8_t *)piece < room_next;
}

static size_t page_of(const void *piece) {
  return (size_t)((const uint8_t *)piece - room) >> page_bits;
}

static struct size_class *class_of(const void *piece) {
  return &classes[class_of_page[page_of(piece)]];
}

static size_t size_of(const void *piece) {
  if (!piece) return 0;
  return is_small(piece) ? class_of(piece)->size
                         : malloc_usable_size((void *)piece);
}

/* Gives a class a page with fresh pieces; false if there is none. */
static bool take_page(struct size_class *it) {
  uint8_t *page = room_next;
  if (first_empty) {
    page = room + ((size_t)(first_empty - 1) << page_bits);
    first_empty = note_of_page[first_empty - 1];
  } else if (room_end - room_next < page_size) {
    return false;
  } else {
    room_next += page_size;
  }
  class_of_page[page_of(page)] = it - classes;
  it->fresh = page;
  it->fresh_end = page + page_size;
  held += page_size;
  return true;
}

static void *take_small(struct size_class *it) {
  void *piece = it->free;
  if (piece) {
    it->free = *(void **)piece;
    return piece;
  }
  if ((size_t)(it->fresh_end - it->fresh) < it->size && !take_page(it))
    return NULL;
  piece = it->fresh;
  it->fresh += it->size;
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
  if (size <= most) {
    struct size_class *it = &classes[class_for(size)];
    void *piece = take_small(it);
    if (piece) {
      state->malloc_count++;
      state->malloc_size += it->size;
      used += it->size;
      return piece;
    }
  }
  void *piece = or_end(malloc(size), size);
  if (!piece) return NULL;
  state->malloc_count++;
  state->malloc_size += size_of(piece);
  return piece;
}

static void give_back(JSMallocState *state, void *piece) {
  if (!piece) return;
  state->malloc_count--;
  if (is_small(piece)) {
    struct size_class *it = class_of(piece);
    *(void **)piece = it->free;
    it->free = piece;
    state->malloc_size -= it->size;
    used -= it->size;
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
  bool is_kept = is_small(piece);
  if (is_kept && size <= most && class_of(piece) == &classes[class_for(size)])
    return piece;
  if (is_kept || size <= most) {
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
  for (size_t k = 0; k < class_count; k++) classes[k].size = size_of_class(k);
#ifndef PLAIN_MEMORY
  void *start = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return;
  room = room_next = start;
  room_end = room + ROOM;
#endif
}

/* Whether all pieces of a page have been counted, and none is yet to be taken for the first time. */
static bool is_empty(const struct size_class *it, size_t page) {
  return note_of_page[page] == page_size / it->size &&
         it->fresh_end != room + ((page + 1) << page_bits);
}

/* Takes the pieces of empty pages out of the list of free ones. */
static void leave_out_empty(struct size_class *it) {
  void **link = &it->free;
  for (void *piece = it->free; piece; piece = *(void **)piece) {
    if (is_empty(it, page_of(piece))) continue;
    *link = piece;
    link = piece;
  }
  *link = NULL;
}

/* Gives back what the system takes for one page, here 4, 16 or 64 KiB, if this was its last part with pieces. */
static void give_back_around(size_t page) {
  size_t count = sysconf(_SC_PAGESIZE) >> page_bits;
  size_t first = page - page % count;
  for (size_t k = first; k < first + count; k++)
    if (class_of_page[k] != no_class) return;
  madvise(room + (first << page_bits), count << page_bits, MADV_DONTNEED);
}

/* Gives pages back, if enough is free since the last time. */
void trim_memory(void) {
  /* At the start there is little to give back, and a short command ends soon. */
  static size_t kept = 1 << 20;
  size_t spare = held - used;
  if (spare < kept) kept = spare;
  if (!room || spare - kept < (256 << 10) + used / 16) return;
  size_t pages = page_of(room_next);
  for (size_t k = 0; k < pages; k++)
    if (class_of_page[k] != no_class) note_of_page[k] = 0;
  for (size_t k = 0; k < class_count; k++)
    for (void *piece = classes[k].free; piece; piece = *(void **)piece)
      note_of_page[page_of(piece)]++;
  for (size_t k = 0; k < class_count; k++) leave_out_empty(&classes[k]);
  for (size_t k = 0; k < pages; k++) {
    if (class_of_page[k] == no_class ||
        !is_empty(&classes[class_of_page[k]], k))
      continue;
    class_of_page[k] = no_class;
    give_back_around(k);
    note_of_page[k] = first_empty;
    first_empty = k + 1;
    held -= page_size;
  }
  kept = held - used;
}

/* Gives back the pages of a process that uses the engine no more, or its parent would copy each that it changes. */
void drop_memory(void) {
  if (room) madvise(room, room_next - room, MADV_DONTNEED);
}
