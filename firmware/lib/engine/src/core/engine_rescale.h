/* The scales of a layer's int8 outputs. */
#ifndef ENGINE_RESCALE_H
#define ENGINE_RESCALE_H

#include <stddef.h>
#include <stdint.h>

/* Rescaling of consecutive channels: output = clamp(sum * multiplier * 2^(shift - 31) + offset). */
typedef struct {
    const int32_t *multipliers; /* of the next channel; in flash */
    const int8_t *shifts;       /* likewise */
    size_t step;                /* 1: a multiplier and a shift per channel. 0: one for all, stored
                                   ENGINE_BLOCK times; once on AVR */
    int32_t offset;             /* the output's zero point */
    int32_t min, max;           /* the activation's limits, within -128..127 */
} engine_rescale;

#endif
