#include "core/engine_plain_s8.h"

#include "core/engine_dot.h"
#include "core/engine_output_s8.h"
#include "engine_flash.h"

/* Write the greatest output of the filters from number `first` on. */
static void filters_from(const engine_plain *f, size_t first, const int8_t *windows, int pixels,
                         int8_t *output)
{
    const size_t taps = f->taps;
    const int8_t *weights = f->weights + first * taps;
    const int32_t *bias = f->bias + first;
    engine_rescale rescale = f->rescale;
    rescale.multipliers += first * rescale.step;
    rescale.shifts += first * rescale.step;
    size_t left = f->count - first;
    output += first;
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
        int32_t best = engine_plain_sum(windows, weights, taps);
        for (int p = 1; p < pixels; p++) {
            const int32_t sum = engine_plain_sum(windows + (size_t)p * taps, weights, taps);
            best = sum > best ? sum : best;
        }
        *output++ = engine_next_output_s8(best + engine_flash_i32(bias++), &rescale);
        weights += taps;
    }
}

void engine_plain_max_s8(const engine_plain *filters, const int8_t *windows, int pixels,
                         int8_t *output)
{
    filters_from(filters, 0, windows, pixels, output);
}

void engine_plain_s8(const engine_plain *filters, const int8_t *windows, size_t count,
                     int8_t *output)
{
#if ENGINE_PLAIN_WINDOWS > 1
    const size_t blocks = filters->count / ENGINE_PLAIN_FILTERS * ENGINE_PLAIN_FILTERS;
    int8_t *const outputs = output;
    for (; count >= ENGINE_PLAIN_WINDOWS && blocks > 0; count -= ENGINE_PLAIN_WINDOWS) {
        engine_plain_blocks(output, filters, windows);
        for (int i = 0; i < ENGINE_PLAIN_WINDOWS; i++) {
            if (blocks != filters->count) {
                filters_from(filters, blocks, windows, 1, output);
            }
            windows += filters->taps;
            output += filters->count;
        }
    }
    engine_clamp_outputs_s8(outputs, (size_t)(output - outputs), &filters->rescale);
#endif
    for (; count > 0; count--) {
        filters_from(filters, 0, windows, 1, output);
        windows += filters->taps;
        output += filters->count;
    }
}
