#include "core/engine_dot.h"
#include "core/engine_output_s8.h"
#include "core/engine_filters_s8.h"
#include "engine_flash.h"
#include "core/engine_taps_s8.h"

#if ENGINE_FILTERS > 1
/* best [4] = max(best, sums [4]). */
static inline void keep_greater(int32_t *best, const int32_t *sums)
{
    _Pragma("GCC unroll 4") for (int i = 0; i < ENGINE_BLOCK; i++)
    {
        best[i] = sums[i] > best[i] ? sums[i] : best[i];
    }
}

static void best_of_block(int32_t *best, const engine_windows *w, const int8_t *weights)
{
    const engine_tap *window = w->buffer;
    best[0] = best[1] = best[2] = best[3] = INT32_MIN;
    for (int pixels = w->pixels; pixels > 0; pixels -= 2) {
        int32_t sums[2 * ENGINE_BLOCK] = {0};
        const engine_tap *const end = window + 2 * w->taps;
        engine_dot_block(sums, 2, window, &end, weights);
        keep_greater(best, sums);
        keep_greater(best, sums + ENGINE_BLOCK);
        window = end;
    }
}
#endif

void engine_filters_max_s8(const engine_filters *filters, const engine_view *views, int pixels,
                           int8_t *output)
{
    const engine_filters *f = filters;
    engine_tap *const buffer = f->scratch;
    const engine_windows w = engine_windows_of(f, buffer, pixels);
    const int8_t *weights = f->weights;
    engine_rescale rescale = f->rescale;
    size_t left = f->count;

    if (w.whole) {
        engine_load_windows(&w, f, views);
    }
#if ENGINE_FILTERS > 1
    const int32_t *bias = f->bias;
    int8_t *to = output;
    for (; left >= ENGINE_BLOCK && (!ENGINE_PACKED || f->packed); left -= ENGINE_BLOCK) {
        int32_t best[ENGINE_BLOCK];
        best_of_block(best, &w, weights);
        _Pragma("GCC unroll 4") for (int i = 0; i < ENGINE_BLOCK; i++)
        {
            best[i] += *bias++;
        }
        engine_block_outputs_s8(to, 0, 1, best, &rescale);
        to += ENGINE_BLOCK;
        weights += ENGINE_BLOCK * w.taps;
    }
#endif
    engine_pairs_s8(f, views, &w, 0, pixels, left, weights, &rescale, output + f->count - left);
    engine_clamp_outputs_s8(output, f->count, &rescale);
}
