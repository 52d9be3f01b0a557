#include <math.h>
#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "engine_flash.h"
#include "engine_kernels_state.h"

enum { INPUT, FORGET, CELL, OUTPUT };

/* Each product by itself and the bias first, in the order of the reference. */
static float dot(const float *x, const float *weights, uint16_t count)
{
    float sum = 0.0f;
    for (; count > 0; count--) {
        sum += *x++ * engine_flash_f32(weights++);
    }
    return sum;
}

static float logistic(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

void engine_lstm_f32(const engine_lstm_f32_params *params, const float *input, float *output_state,
                     float *cell_state, const float *weights, const float *recurrent,
                     const float *bias, float *output)
{
    engine_lstm_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t step = 0; step < p.steps; step++) {
        for (uint16_t cell = 0; cell < p.cells; cell++) {
            float gates[ENGINE_LSTM_GATES];
            for (uint16_t g = 0; g < ENGINE_LSTM_GATES; g++) {
                const size_t row = (size_t)g * p.cells + cell;
                float x = engine_flash_f32(bias + row);
                x += dot(input, weights + row * p.inputs, p.inputs);
                x += dot(output_state, recurrent + row * p.cells, p.cells);
                gates[g] = g == CELL ? tanhf(x) : logistic(x);
            }
            float c = gates[FORGET] * cell_state[cell] + gates[INPUT] * gates[CELL];
            if (p.cell_clip > 0.0f) {
                c = engine_clamp_f32(c, -p.cell_clip, p.cell_clip);
            }
            cell_state[cell] = c;
            output[cell] = gates[OUTPUT] * tanhf(c);
        }
        /* not sooner: all cells read the state that the step before left */
        memcpy(output_state, output, (size_t)p.cells * sizeof(float));
        input += p.inputs;
        output += p.cells;
    }
}
