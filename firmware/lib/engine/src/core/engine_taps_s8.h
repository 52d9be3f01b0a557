/* Windows of an int8 input, copied into scratch memory in the form in which the core multiplies
 * them (engine_dot_portable.h).
 *
 * The memory belongs to the caller and is aligned to 4. It holds all windows of a call, or
 * ENGINE_WINDOW_TAPS taps where they are larger. */
#ifndef ENGINE_TAPS_S8_H
#define ENGINE_TAPS_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"
#include "core/engine_dot.h"

/* The windows of `pixels` pixels, ENGINE_PIXELS of them interleaved group by group. */
typedef struct {
    engine_tap *buffer;
    int pixels;
    size_t taps; /* of each window */
    int whole;   /* 1: the buffer holds all of them */
} engine_windows;

static inline engine_windows engine_windows_of(const engine_filters *f, engine_tap *buffer,
                                               int pixels)
{
    const size_t taps = (size_t)f->rows * (size_t)f->runs * f->run;
    return (engine_windows){buffer, pixels, taps, taps * (size_t)pixels <= ENGINE_WINDOW_TAPS};
}

/* Return the first tap of pixel i. */
static inline engine_tap *engine_place(const engine_windows *w, int i)
{
    const size_t second = (unsigned)i % ENGINE_PIXELS;
    return w->buffer + ((size_t)i - second) * w->taps + second * ENGINE_PIXEL_TAPS;
}

/* Return the distance of groups of pixel i, in taps. */
static inline size_t engine_step(const engine_windows *w, int i)
{
    const int alone = (unsigned)i % ENGINE_PIXELS == 0 && i + 1 == w->pixels;
    return (size_t)(alone ? 1 : ENGINE_PIXELS) * ENGINE_GROUP;
}

/* Copy views [w->pixels] into the buffer. */
void engine_load_windows(const engine_windows *w, const engine_filters *f,
                         const engine_view *views);

/* Compute the last `left` filters by pairs; `weights` and the rescaling `at` are those of the first
 * of them. Write the greatest output of each over pixels first..end - 1; output [left]. */
void engine_pairs_s8(const engine_filters *f, const engine_view *views, const engine_windows *w,
                     int first, int end, size_t left, const int8_t *weights,
                     const engine_rescale *at, int8_t *output);

#endif
