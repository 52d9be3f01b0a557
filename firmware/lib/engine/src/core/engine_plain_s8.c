#include "core/engine_plain_s8.h"

#include "core/engine_dot.h"
#include "core/engine_output_s8.h"
#include "engine_flash.h"

static int32_t sum_of_one(const int8_t *x, const int8_t *w, size_t taps)
{
    int32_t sum = 0;
    for (; taps > 0; taps--) {
        sum += *x++ * engine_flash_i8(w++);
    }
    return sum;
}

void engine_plain_s8(const engine_plain *filters, const int8_t *windows, int pixels, int8_t *output)
{
    const engine_plain *f = filters;
    const size_t taps = f->taps;
    const int8_t *weights = f->weights;
    const int32_t *bias = f->bias;
    engine_rescale rescale = f->rescale;
    size_t left = f->count;
#if ENGINE_PLAIN_FILTERS > 0
    for (; left >= ENGINE_PLAIN_FILTERS; left -= ENGINE_PLAIN_FILTERS) {
        engine_plain_outputs(output, f, windows, pixels, weights, bias, &rescale);
        output += ENGINE_PLAIN_FILTERS;
        weights += ENGINE_PLAIN_FILTERS * taps;
        bias += ENGINE_PLAIN_FILTERS;
        rescale.multipliers += ENGINE_PLAIN_FILTERS * rescale.step;
        rescale.shifts += ENGINE_PLAIN_FILTERS * rescale.step;
    }
#endif
    for (; left > 0; left--) {
        int32_t best = sum_of_one(windows, weights, taps);
        for (int p = 1; p < pixels; p++) {
            const int32_t sum = sum_of_one(windows + (size_t)p * taps, weights, taps);
            best = sum > best ? sum : best;
        }
        *output++ = engine_next_output_s8(best + engine_flash_i32(bias++), &rescale);
        weights += taps;
    }
}
