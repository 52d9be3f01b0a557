/* Fully connected layers with more inputs than the buffer of engine_taps_s8.h holds: inputs are
 * read where they lie, once for each block of filters. */
#include "engine_kernels_s8.h"

#include "core/engine_dot.h"
#include "core/engine_blocks_s8.h"
#include "core/engine_output_s8.h"

#if ENGINE_FILTERS > 1

/* One row of inputs: whole groups, and the rest filled up to a group with zeros. */
typedef struct {
    const int8_t *x;
    size_t groups;
    int8_t rest[ENGINE_GROUP];
    int has_rest;
} row;

static row row_of(const int8_t *x, size_t depth)
{
    row r = {.x = x, .groups = depth / ENGINE_GROUP, .has_rest = depth % ENGINE_GROUP != 0};
    engine_store_4(r.rest, engine_load_some(x + r.groups * ENGINE_GROUP, depth % ENGINE_GROUP, 0));
    return r;
}

/* Write the outputs of one row. */
static void add_row(const engine_fc_s8_params *p, const row *r, const int8_t *weights,
                    const int32_t *bias, engine_rescale rescale, int8_t *output)
{
    size_t left = p->outputs;
    int8_t *to = output;
    for (; left >= ENGINE_BLOCK; left -= ENGINE_BLOCK) {
        int32_t sums[ENGINE_BLOCK] = {bias[0], bias[1], bias[2], bias[3]};
        engine_dot_bytes(sums, r->x, weights, r->groups);
        weights += r->groups * ENGINE_GROUP * ENGINE_BLOCK;
        if (r->has_rest) {
            engine_dot_bytes(sums, r->rest, weights, 1);
            weights += ENGINE_GROUP * ENGINE_BLOCK;
        }
        engine_block_outputs_s8(to, 0, 1, sums, &rescale);
        to += ENGINE_BLOCK;
        bias += ENGINE_BLOCK;
    }
    /* three filters are a block that is not packed */
    const size_t stride = (left > 2 ? ENGINE_BLOCK : 2) * ENGINE_GROUP;
    while (left > 0) {
        int32_t sums[2] = {0};
        engine_dot_bytes_pair(sums, r->x, weights, stride, r->groups);
        if (r->has_rest) {
            engine_dot_bytes_pair(sums, r->rest, weights + r->groups * stride, stride, 1);
        }
        weights += ENGINE_GROUP;
        for (int i = 0; i < 2 && left > 0; i++) {
            *to++ = engine_any_output_s8(sums[i] + *bias++, &rescale);
            left--;
        }
    }
    engine_clamp_outputs_s8(output, p->outputs, &rescale);
}

static void all_rows(const engine_fc_s8_params *p, const int8_t *input, const int8_t *weights,
                     const int32_t *bias, const engine_rescale *rescale, int8_t *output)
{
    for (size_t left = p->rows; left > 0; left--) {
        const row r = row_of(input, p->depth);
        add_row(p, &r, weights, bias, *rescale, output);
        input += p->depth;
        output += p->outputs;
    }
}

void engine_fc_direct_s8(const engine_fc_s8_params *params, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output)
{
    const engine_fc_s8_params *p = params;
    const int32_t multipliers[] = {p->multiplier, p->multiplier, p->multiplier, p->multiplier};
    const int8_t shifts[] = {p->shift, p->shift, p->shift, p->shift};
    const engine_rescale rescale = {multipliers,       shifts,           0, p->output_offset,
                                    p->activation_min, p->activation_max};
    all_rows(p, input, weights, bias, &rescale, output);
}

void engine_fc_direct_per_channel_s8(const engine_fc_s8_params *params, const int8_t *input,
                                     const int8_t *weights, const int32_t *bias,
                                     const int32_t *multipliers, const int8_t *shifts,
                                     int8_t *output)
{
    const engine_fc_s8_params *p = params;
    const engine_rescale rescale = {multipliers,       shifts,           1, p->output_offset,
                                    p->activation_min, p->activation_max};
    all_rows(p, input, weights, bias, &rescale, output);
}
#endif
