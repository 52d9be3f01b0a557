#include "engine_kernels_s8.h"

#include <stddef.h>

#include "engine_flash.h"
#include "core/engine_output_s8.h"
#include "core/engine_requantize.h"

#define HEADROOM ((int32_t)1 << ENGINE_HEADROOM_S8)

static inline int32_t sum_of(int8_t x1, int8_t x2, const engine_add_s8_params *p)
{
    const int32_t half = (x1 + p->offset1) * (HEADROOM / 2);
    const int32_t other = (x2 + p->offset2) * HEADROOM;
    return half + engine_scale_down(other, p->multiplier, p->shift);
}

void engine_add_s8(const engine_add_s8_params *params, const int8_t *input1, const int8_t *input2,
                   int8_t *output)
{
    engine_add_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_rescale rescale = {
        NULL, NULL, 0, p.output_offset, p.activation_min, p.activation_max,
    };
    size_t left = (size_t)p.count;
    int8_t *to = output;
    const size_t done = engine_add_elements(output, &p, input1, input2);
    if (done > 0) {
        left -= done;
        to += done;
        input1 += done;
        input2 += done;
    }
    if (!ENGINE_NARROW_MULTIPLY &&
        p.shift == 0) { /* a half: also 2^31 a place further, where there is no branch for it */
        p.multiplier = INT32_MIN;
        p.shift = -1;
    }
#if ENGINE_SATURATES
    if (p.output_shift < 0) {
        const uint32_t places = (uint32_t)~p.output_shift;
        const int32_t offset = 2 * rescale.offset + 1;
        for (; left > 0; left--) {
            const int32_t sum = sum_of(*input1++, *input2++, &p);
            *to++ = (int8_t)engine_narrow(sum, p.output_multiplier, places, offset);
        }
    }
#endif
    for (; left > 0; left--) {
        const int32_t sum = sum_of(*input1++, *input2++, &p);
        *to++ = engine_output_s8(sum, p.output_multiplier, p.output_shift, &rescale);
    }
    engine_clamp_outputs_s8(output, (size_t)p.count, &rescale);
}
