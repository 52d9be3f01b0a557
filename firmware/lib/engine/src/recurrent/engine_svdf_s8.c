#include <stddef.h>

#include "engine_flash.h"
#include "recurrent/engine_gates_s16.h"
#include "engine_kernels_state.h"
#include "core/engine_requantize.h"

void engine_svdf_s8(const engine_svdf_s8_params *params, const int8_t *input, int16_t *state,
                    const int8_t *feature_weights, const int16_t *time_weights, const int32_t *bias,
                    int8_t *output)
{
    engine_svdf_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t unit = 0; unit < p.units; unit++) {
        uint32_t sum = (uint32_t)engine_flash_i32(bias + unit);
        for (uint16_t filter = 0; filter < p.rank; filter++) {
            int32_t projected = 0;
            for (uint16_t i = 0; i < p.inputs; i++) {
                const int16_t x = (int16_t)(input[i] + p.input_offset);
                projected += (int32_t)x * engine_flash_i8(feature_weights++);
            }
            projected = engine_requantize(projected, p.state_multiplier, p.state_shift);
            for (uint16_t t = 1; t < p.memory; t++) {
                state[t - 1] = state[t];
                sum += (uint32_t)((int32_t)state[t] * engine_flash_i16(time_weights++));
            }
            state[p.memory - 1] = engine_saturate_s16(projected);
            sum += (uint32_t)((int32_t)state[p.memory - 1] * engine_flash_i16(time_weights++));
            state += p.memory;
        }
        const int32_t q = engine_requantize((int32_t)sum, p.output_multiplier, p.output_shift);
        output[unit] = engine_clamp_s8(q + p.output_offset, p.activation_min, p.activation_max);
    }
}
