/* Four int8 in a word, the first in the low byte, as all cores are little-endian. */
#ifndef ENGINE_BYTES_H
#define ENGINE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Return four int8 at any address. */
static inline uint32_t engine_load_4(const int8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline void engine_store_4(int8_t *p, uint32_t word)
{
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
