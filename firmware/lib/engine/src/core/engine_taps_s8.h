/* Windows of an int8 input, copied into a buffer in the form in which the core multiplies them.
 *
 * The windows of ENGINE_PIXELS or fewer pixels lie there group by group, in a group one pixel after
 * the other: `step` is the distance of groups, `ENGINE_GROUP` times the number of pixels.
 *   ENGINE_PIXELS       pixels that are computed at once, so that weights are read once for all
 *   ENGINE_WINDOW_TAPS  most taps in the buffer, which is scratch memory of the caller, aligned to
 * 4: as large as all windows of a call, or as this where they are larger */
#ifndef ENGINE_TAPS_S8_H
#define ENGINE_TAPS_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"
#include "core/engine_dot.h"

/* The windows of some pixels in a buffer, in couples of ENGINE_PIXELS. */
typedef struct {
    engine_tap *buffer;
    int pixels;
    size_t taps; /* of each window */
    int whole;   /* the buffer holds them all */
} engine_windows;

static inline engine_windows engine_windows_of(const engine_filters *f, engine_tap *buffer,
                                               int pixels)
{
    const size_t taps = (size_t)f->rows * (size_t)f->runs * f->run;
    return (engine_windows){buffer, pixels, taps, taps * (size_t)pixels <= ENGINE_WINDOW_TAPS};
}

/* Where the window of pixel i begins, and the distance of its groups. */
static inline engine_tap *engine_place(const engine_windows *w, int i)
{
    const size_t second = (unsigned)i % ENGINE_PIXELS;
    return w->buffer + ((size_t)i - second) * w->taps + second * ENGINE_PIXEL_TAPS;
}

static inline size_t engine_step(const engine_windows *w, int i)
{
    const int alone = (unsigned)i % ENGINE_PIXELS == 0 && i + 1 == w->pixels;
    return (size_t)(alone ? 1 : ENGINE_PIXELS) * ENGINE_GROUP;
}

void engine_load_windows(const engine_windows *w, const engine_filters *f,
                         const engine_view *views);

/* The last `left` filters, from `weights` and rescaling `at` on, by pairs: of each the greatest
 * output of pixels first..end-1; output [left]. */
void engine_pairs_s8(const engine_filters *f, const engine_view *views, const engine_windows *w,
                     int first, int end, size_t left, const int8_t *weights,
                     const engine_rescale *at, int8_t *output);

#endif
