/* Windows of an int8 input, copied into a buffer in the form in which the core multiplies them.
 *
 * The windows of ENGINE_PIXELS or fewer pixels lie there group by group, in a group one pixel after
 * the other: `step` is the distance of groups, `ENGINE_GROUP` times the number of pixels. The
 * buffer is scratch memory of the caller, aligned to 4: as large as all windows of a call, or of
 * ENGINE_WINDOW_TAPS taps where they are larger (engine_core.h). */
#ifndef ENGINE_TAPS_S8_H
#define ENGINE_TAPS_S8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine_bytes.h"
#include "engine_core.h"
#include "engine_dsp.h"
#include "engine_filters_s8.h"

#if defined(ENGINE_DSP)
/* int16 in pairs: of all pixels taps 0 and 2 of a group, then of all pixels taps 1 and 3. */
typedef int16_t engine_tap;
#define ENGINE_PIXEL_TAPS 2

static inline engine_tap *engine_store_group(engine_tap *to, size_t step, uint32_t x)
{
    const int16x2_t even = __sxtb16((int8x4_t)x);
    const int16x2_t odd = engine_odd_bytes(x);
    memcpy(to, &even, sizeof even);
    memcpy(to + step / 2, &odd, sizeof odd);
    return to + step;
}
#else
typedef int8_t engine_tap;
#define ENGINE_PIXEL_TAPS ENGINE_GROUP
#endif
typedef char engine_tap_has_its_bytes[sizeof(engine_tap) == ENGINE_TAP_BYTES ? 1 : -1];

#if !defined(__AVR__) && !defined(ENGINE_DSP)
static inline engine_tap *engine_store_group(engine_tap *to, size_t step, uint32_t x)
{
    engine_store_4(to, x);
    return to + step;
}
#endif

#if defined(__AVR__)
/* Writes `count` taps: first..last-1 are those at x, the others pad. */
static inline engine_tap *engine_load_taps(engine_tap *to, size_t step, size_t count,
                                           const int8_t *x, size_t first, size_t last, int8_t pad)
{
    (void)step;
    const engine_tap *end = to + count;
    size_t left = last - first;
    for (; first > 0; first--) {
        *to++ = pad;
    }
    for (; left > 0; left--) {
        *to++ = *x++;
    }
    while (to != end) {
        *to++ = pad;
    }
    return to;
}

/* A run of `taps` taps of ENGINE_PIXELS windows, filled up to whole groups; x is that of the first
 * and `second` the distance of the other. Returns where the next runs begin. */
static inline engine_tap *engine_load_runs(engine_tap *to, const int8_t *x, ptrdiff_t second,
                                           size_t taps)
{
    (void)second;
    return engine_load_taps(to, 0, engine_stored_taps(taps), x, 0, taps, 0);
}

#else
/* Writes `count` taps, whole groups: first..last-1 are those at x, the others pad. */
static inline engine_tap *engine_load_taps(engine_tap *to, size_t step, size_t count,
                                           const int8_t *x, size_t first, size_t last, int8_t pad)
{
    const uint32_t pads = (uint8_t)pad * 0x01010101u;
    const engine_tap *end = to + count / ENGINE_GROUP * step;
    size_t left = last - first;
    for (; first >= ENGINE_GROUP && to != end; first -= ENGINE_GROUP) {
        to = engine_store_group(to, step, pads);
    }
    if (first > 0 && left > 0) {
        const size_t part = left < ENGINE_GROUP - first ? left : ENGINE_GROUP - first;
        const uint32_t before = pads >> 8 * (ENGINE_GROUP - first);
        const uint32_t word =
            part < ENGINE_GROUP ? engine_load_some(x, part, pads) : engine_load_4(x);
        to = engine_store_group(to, step, word << 8 * first | before);
        x += part;
        left -= part;
    }
    for (; left >= ENGINE_GROUP; left -= ENGINE_GROUP) {
        to = engine_store_group(to, step, engine_load_4(x));
        x += ENGINE_GROUP;
    }
    if (left > 0) {
        to = engine_store_group(to, step, engine_load_some(x, left, pads));
    }
    while (to != end) {
        to = engine_store_group(to, step, pads);
    }
    return to;
}

static inline engine_tap *engine_store_groups(engine_tap *to, uint32_t first, uint32_t second)
{
    const size_t step = ENGINE_PIXELS * ENGINE_GROUP;
    engine_store_group(to + ENGINE_PIXEL_TAPS, step, second);
    return engine_store_group(to, step, first);
}

static inline engine_tap *engine_load_runs(engine_tap *to, const int8_t *x, ptrdiff_t second,
                                           size_t taps)
{
    for (size_t groups = taps / ENGINE_GROUP; groups > 0; groups--) {
        to = engine_store_groups(to, engine_load_4(x), engine_load_4(x + second));
        x += ENGINE_GROUP;
    }
    taps %= ENGINE_GROUP;
    if (taps > 0) {
        to = engine_store_groups(to, engine_load_some(x, taps, 0),
                                 engine_load_some(x + second, taps, 0));
    }
    return to;
}
#endif

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
