/* How the weights of a dense int8 layer lie in flash, and the windows of its input that they meet.
 * Blocks are those of engine_kernels_s8.h, "Blocks". */
#ifndef ENGINE_BLOCKS_S8_H
#define ENGINE_BLOCKS_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_rescale.h"
#include "engine_core.h"
#include "engine_flash.h"
#include "engine_kernels_s8.h"

/* An input value in the form in which the core multiplies it. */
#if ENGINE_TAP_BYTES == 2
typedef int16_t engine_tap;
#else
typedef int8_t engine_tap;
#endif

/* Taps of a run as stored: rounded up to whole groups. */
static inline size_t engine_stored_taps(size_t taps)
{
    return (taps + ENGINE_GROUP - 1) / ENGINE_GROUP * ENGINE_GROUP;
}

/* All filters of a layer whose weights are blocks. Distances are in elements. */
typedef struct {
    const int8_t *weights; /* blocks, in flash */
    const int32_t *bias;   /* [count], in flash */
    size_t count;          /* filters */
    int rows, runs;        /* a window has rows of runs of taps */
    size_t run;            /* taps of a run as stored */
    size_t x_row, x_run;   /* from row to row and from run to run in the input */
    int8_t pad_value;      /* for taps outside the input */
    void *scratch;         /* engine_taps_s8.h has its size */
    int packed;            /* 1: weights are packed (engine_kernels_s8.h, "Packed") */
    engine_rescale rescale;
} engine_filters;

/* All filters of a layer whose weights are in the order of the TFLite file. */
typedef struct {
    const int8_t *weights; /* [count][taps], in flash */
    const int32_t *bias;   /* [count], in flash */
    size_t count, taps;
    engine_rescale rescale;
} engine_plain;

/* The part of a window that lies inside the input. */
typedef struct {
    const int8_t *x;                      /* its first tap */
    int first_row, rows, first_run, runs; /* of the window */
    size_t first, last;                   /* taps first..last - 1 of each of its runs */
    int whole;                            /* 1: all of the window */
} engine_view;

#endif
