/* Weights in blocks (engine_kernels_s8.h, "Blocks"), and the window of an input that they meet. */
#ifndef ENGINE_BLOCKS_S8_H
#define ENGINE_BLOCKS_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_rescale.h"
#include "engine_flash.h"

#define ENGINE_BLOCK 4 /* filters of a block */
#define ENGINE_GROUP 4 /* taps of a filter that lie together */

/* Taps of a run as stored: rounded up to whole groups. */
static inline size_t engine_stored_taps(size_t taps)
{
    return (taps + ENGINE_GROUP - 1) / ENGINE_GROUP * ENGINE_GROUP;
}

/* All filters of a layer. */
typedef struct {
    const int8_t *weights; /* blocks, in flash */
    const int32_t *bias;   /* [count], in flash */
    size_t count;          /* filters */
    int rows, runs;        /* a window has `rows` rows of `runs` runs of taps */
    size_t run;            /* taps of a run as stored */
    size_t x_row, x_run;   /* distance of rows and of runs in the input, in elements */
    int8_t pad_value;      /* stands for taps outside the input */
    void *scratch;         /* engine_taps_s8.h gives its size */
    int packed;            /* 1: the weights are packed (engine_kernels_s8.h, "Packed") */
    engine_rescale rescale;
} engine_filters;

/* The part of a window that lies inside the input. */
typedef struct {
    const int8_t *x;                      /* its first tap */
    int first_row, rows, first_run, runs; /* of the window, inside the input */
    size_t first, last;                   /* taps first..last - 1 of each of these runs */
    int whole;                            /* 1: the window lies inside the input */
} engine_view;

#endif
