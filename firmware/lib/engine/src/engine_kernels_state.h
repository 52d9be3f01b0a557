/* Recurrent kernels, and the normalisation of rows. int8 is bit-exact with TensorFlow Lite's
 * reference, float32 within the project's tolerance.
 *
 * Common contract
 *   Layout     row-major, one sequence (batch 1); activations and states in RAM, constants in flash
 *              (ENGINE_FLASH).
 *   States     belong to the caller and live from run to run: a kernel reads what the run before
 *              left. The model's reset() sets them to zero (int8: to the zero point).
 *   Buffers    belong to the caller, are aligned to 4 bytes and do not overlap.
 *   Rescaling  as in engine_kernels_s8.h: multiplier in Q31, shift -31..30.
 *   Errors     none: codegen has checked all sizes and that no sum overflows.
 *   Parameters structs in flash, without padding, in the order of their fields.
 */
#ifndef ENGINE_KERNELS_STATE_H
#define ENGINE_KERNELS_STATE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Singular value decomposition filter. Each of units * rank filters projects the input to one
 * number, remembers the last `memory` of them, the newest last, and weighs those over time; a unit
 * is the sum of its `rank` filters and a bias. In int8 that sum wraps at 32 bits, as the
 * reference's. input [inputs], state [units * rank][memory], output [units] feature_weights [units
 * * rank][inputs], time_weights [units * rank][memory], bias [units] */
typedef struct {
    uint16_t inputs, units, rank, memory;
    int32_t state_multiplier, output_multiplier; /* of projections, of outputs */
    int16_t state_shift, output_shift;
    int16_t input_offset, output_offset; /* minus the input's zero point; the output's */
    int16_t activation_min, activation_max;
} engine_svdf_s8_params;

void engine_svdf_s8(const engine_svdf_s8_params *params, const int8_t *input, int16_t *state,
                    const int8_t *feature_weights, const int16_t *time_weights, const int32_t *bias,
                    int8_t *output);

typedef struct {
    uint16_t inputs, units, rank, memory;
    float activation_min, activation_max;
} engine_svdf_f32_params;

void engine_svdf_f32(const engine_svdf_f32_params *params, const float *input, float *state,
                     const float *feature_weights, const float *time_weights, const float *bias,
                     float *output);

/* Long short-term memory over a sequence, without peepholes, projection or layer normalisation.
 * Gates are in the order input, forget, cell, output:
 *   input [steps][inputs], output_state [cells], cell_state [cells], output [steps][cells]
 *   weights [4][cells][inputs], recurrent [4][cells][cells], bias [4][cells] (float32)
 * With i, f, o = logistic(gate), g = tanh(gate) of each step:
 *   cell_state = clip(f * cell_state + i * g), output = output_state = o * tanh(cell_state) */
#define ENGINE_LSTM_GATES 4
#define ENGINE_LSTM_RESCALES (2 * ENGINE_LSTM_GATES + 1)

typedef struct {
    uint16_t steps, inputs, cells;
    int16_t cell_clip;     /* magnitude of the cell state at most, 0 for no limit */
    int16_t cell_bits;     /* integer bits of the cell state, 0..6 */
    int16_t hidden_offset; /* added to the rescaled output */
} engine_lstm_s8_params;

/* Gates in Q3.12, cell state int16 in Q(cell_bits).(15 - cell_bits). bias [2][4][cells]: of the
 * inputs, then of the recurrent values, both with the zero point's share of the sum. multipliers
 * and shifts [ENGINE_LSTM_RESCALES]: of the inputs' sums, the recurrent sums and the output. */
void engine_lstm_s8(const engine_lstm_s8_params *params, const int8_t *input, int8_t *output_state,
                    int16_t *cell_state, const int8_t *weights, const int8_t *recurrent,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    int8_t *output);

typedef struct {
    uint16_t steps, inputs, cells, unused;
    float cell_clip; /* magnitude of the cell state at most, 0 for no limit */
} engine_lstm_f32_params;

void engine_lstm_f32(const engine_lstm_f32_params *params, const float *input, float *output_state,
                     float *cell_state, const float *weights, const float *recurrent,
                     const float *bias, float *output);

/* Rows of `depth` elements divided by their Euclidean length; int8 outputs have scale 1/128. In
 * place allowed. */
typedef struct {
    uint32_t rows, depth;
    int32_t input_offset; /* int8: minus the input's zero point */
} engine_l2_norm_params;

void engine_l2_norm_s8(const engine_l2_norm_params *params, const int8_t *input, int8_t *output);
void engine_l2_norm_f32(const engine_l2_norm_params *params, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
