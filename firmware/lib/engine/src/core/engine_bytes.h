/* Four int8 in a word, the first in the low byte, as all cores are little-endian. */
#ifndef ENGINE_BYTES_H
#define ENGINE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine_core.h"

/* Return four int8 at any address. */
static inline uint32_t engine_load_4(const int8_t *p)
{
    uint32_t word;
#if ENGINE_ALIGNED
    if (((uintptr_t)p & 3) != 0) {
        const uint8_t *const b = (const uint8_t *)p;
        return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    }
    p = __builtin_assume_aligned(p, sizeof word);
#endif
    memcpy(&word, p, sizeof word);
    return word;
}

/* Store four int8 at any address. */
static inline void engine_store_4(int8_t *p, uint32_t word)
{
#if ENGINE_ALIGNED
    if (((uintptr_t)p & 3) != 0) {
        p[0] = (int8_t)word;
        p[1] = (int8_t)(word >> 8);
        p[2] = (int8_t)(word >> 16);
        p[3] = (int8_t)(word >> 24);
        return;
    }
    p = __builtin_assume_aligned(p, sizeof word);
#endif
    memcpy(p, &word, sizeof word);
}

/* Return `count` int8 at p, 1..3, and above them bytes of `pads`, which are all the same. */
static inline uint32_t engine_load_some(const int8_t *p, size_t count, uint32_t pads)
{
    uint32_t word = pads;
    while (count > 0) {
        word = word << 8 | (uint8_t)p[--count];
    }
    return word;
}

#endif
