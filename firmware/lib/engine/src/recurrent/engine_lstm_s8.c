#include <stddef.h>

#include "engine_flash.h"
#include "recurrent/engine_gates_s16.h"
#include "engine_kernels_state.h"
#include "core/engine_requantize.h"

enum { INPUT, FORGET, CELL, OUTPUT };

static int32_t dot(int32_t sum, const int8_t *x, const int8_t *weights, uint16_t count)
{
    for (; count > 0; count--) {
        sum += (int16_t)(*x++ * engine_flash_i8(weights++));
    }
    return sum;
}

void engine_lstm_s8(const engine_lstm_s8_params *params, const int8_t *input, int8_t *output_state,
                    int16_t *cell_state, const int8_t *weights, const int8_t *recurrent,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    int8_t *output)
{
    engine_lstm_s8_params p;
    int32_t multiplier[ENGINE_LSTM_RESCALES];
    int8_t shift[ENGINE_LSTM_RESCALES];
    engine_flash_copy(&p, params, sizeof p);
    engine_flash_copy(multiplier, multipliers, sizeof multiplier);
    engine_flash_copy(shift, shifts, sizeof shift);
    for (uint16_t step = 0; step < p.steps; step++) {
        for (uint16_t cell = 0; cell < p.cells; cell++) {
            int16_t gates[ENGINE_LSTM_GATES];
            for (uint16_t g = 0; g < ENGINE_LSTM_GATES; g++) {
                const size_t row = (size_t)g * p.cells + cell;
                const size_t later = row + (size_t)ENGINE_LSTM_GATES * p.cells;
                int32_t sum =
                    dot(engine_flash_i32(bias + row), input, weights + row * p.inputs, p.inputs);
                const int16_t from_input =
                    engine_saturate_s16(engine_requantize(sum, multiplier[g], shift[g]));
                sum = dot(engine_flash_i32(bias + later), output_state, recurrent + row * p.cells,
                          p.cells);
                sum = engine_requantize(sum, multiplier[ENGINE_LSTM_GATES + g],
                                        shift[ENGINE_LSTM_GATES + g]);
                const int16_t x = engine_saturate_s16(sum + from_input);
                gates[g] = g == CELL ? engine_tanh_s16(x, 3) : engine_logistic_s16(x);
            }
            const int32_t kept = (int32_t)gates[FORGET] * cell_state[cell];
            const int32_t added = (int32_t)gates[INPUT] * gates[CELL];
            int16_t c = engine_saturate_s16(engine_rounding_shift(kept, 15) +
                                            engine_rounding_shift(added, 15 + p.cell_bits));
            if (p.cell_clip > 0) {
                c = c > p.cell_clip ? p.cell_clip : c;
                c = c < -p.cell_clip ? (int16_t)-p.cell_clip : c;
            }
            cell_state[cell] = c;
            const int32_t hidden = (int32_t)gates[OUTPUT] * engine_tanh_s16(c, p.cell_bits);
            const int32_t q = engine_requantize(hidden, multiplier[2 * ENGINE_LSTM_GATES],
                                                shift[2 * ENGINE_LSTM_GATES]);
            output[cell] = engine_clamp_s8(q + p.hidden_offset, INT8_MIN, INT8_MAX);
        }
        /* not sooner: all cells read the state that the step before left */
        memcpy(output_state, output, p.cells);
        input += p.inputs;
        output += p.cells;
    }
}
