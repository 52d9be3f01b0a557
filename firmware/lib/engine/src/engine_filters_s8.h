/* All filters of a layer on windows of its input: what convolutions and fully connected layers
 * have in common. */
#ifndef ENGINE_FILTERS_S8_H
#define ENGINE_FILTERS_S8_H

#include <stddef.h>
#include <stdint.h>

#include "engine_kernels_s8.h"
#include "engine_output_s8.h"

/* Taps of a run as stored: whole groups. */
static inline size_t engine_stored_taps(size_t taps)
{
    return (taps + ENGINE_GROUP - 1) / ENGINE_GROUP * ENGINE_GROUP;
}

typedef struct {
    const int8_t *weights; /* blocks */
    const int32_t *bias;
    size_t count;
    int rows, runs;      /* a window has rows of runs of taps, */
    size_t run;          /* each of this many as stored; */
    size_t x_row, x_run; /* their distances in the input */
    int8_t pad_value;    /* what stands for input that is not there */
    void *scratch;       /* engine_taps_s8.h tells its size */
    int packed;          /* the weights are */
    engine_rescale rescale;
} engine_filters;

/* The part of a window that lies inside the input. */
typedef struct {
    const int8_t *x; /* its first tap */
    int first_row, rows, first_run, runs;
    size_t first, last; /* taps first..last-1 of each of its runs */
    int whole;          /* that is all of it */
} engine_view;

/* Of every filter the greatest output of all views; output [count]. The taps of all views together
 * fit the buffer where there are several. Where ENGINE_PIXELS is 2 their number is even. */
void engine_filters_max_s8(const engine_filters *filters, const engine_view *views, int pixels,
                           int8_t *output);

/* output [views][count]; 1..ENGINE_PIXELS views. */
#if defined(__AVR__)
#define engine_filters_s8 engine_filters_max_s8
#else
void engine_filters_s8(const engine_filters *filters, const engine_view *views, int pixels,
                       int8_t *output);
#endif

#endif
