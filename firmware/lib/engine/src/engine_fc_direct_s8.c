/* Fully connected layers that are too large for a buffer (engine_taps_s8.h): the inputs are read
 * where they are, once for each block of filters. */
#include "engine_kernels_s8.h"

#if !defined(__AVR__)
#include "engine_dot_s8.h"
#include "engine_filters_s8.h"

/* One row of inputs: whole groups, and the rest filled up to one. */
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

#if defined(ENGINE_DSP)
#define PIECE (ENGINE_DIRECT_TAPS / ENGINE_GROUP)

/* engine_dot_1() of int8, which are unpacked on the way. */
#define ENGINE_GROUP_OF_BYTES                                                                      \
    "ldmia %[w]!, {r4, r5, r6, r8}\n\t"                                                            \
    "ldr %[odd], [%[x]], #4\n\t"                                                                   \
    "sxtb16 %[even], %[odd]\n\t"                                                                   \
    "sxtb16 %[odd], %[odd], ror #8\n\t" ENGINE_PAIR_1("s0", "s1", "even", "a")                     \
        ENGINE_PAIR_1("s2", "s3", "even", "b") ENGINE_PAIR_1("s0", "s1", "odd", "c")               \
            ENGINE_PAIR_1("s2", "s3", "odd", "d")

static void add_block(int32_t *sums, const int8_t *x, const int8_t *weights, size_t left)
{
    register uint32_t a __asm__("r4");
    register uint32_t b __asm__("r5");
    register uint32_t c __asm__("r6");
    register uint32_t d __asm__("r8");
    while (left > 0) {
        size_t groups = left < PIECE ? left : PIECE;
        int32_t mixed[ENGINE_BLOCK] = {sums[0], sums[0], sums[2], sums[2]};
        uint32_t even, odd;
        left -= groups;
        __asm__ volatile(
            "1:\n\t" ENGINE_GROUP_OF_BYTES "subs %[groups], #1\n\t"
            "bne 1b\n\t"
            : [s0] "+r"(mixed[0]), [s1] "+r"(mixed[1]), [s2] "+r"(mixed[2]), [s3] "+r"(mixed[3]),
              [x] "+r"(x), [w] "+r"(weights), [groups] "+r"(groups), [a] "=&r"(a), [b] "=&r"(b),
              [c] "=&r"(c), [d] "=&r"(d), [even] "=&r"(even), [odd] "=&r"(odd)
            :
            : "cc", "memory");
        for (int i = 0; i < ENGINE_BLOCK; i += 2) {
            sums[i] = mixed[i];
            sums[i + 1] += (int32_t)((uint32_t)mixed[i + 1] - (uint32_t)mixed[i]) >> 8;
        }
    }
}

static void add_pair(int32_t *sums, const int8_t *x, const int8_t *weights, size_t stride,
                     size_t groups)
{
    for (; groups > 0; groups--) {
        engine_tap taps[ENGINE_GROUP];
        engine_store_group(taps, ENGINE_GROUP, engine_load_4(x));
        engine_dot_pair(sums, taps, ENGINE_GROUP, weights, stride, 1);
        x += ENGINE_GROUP;
        weights += stride;
    }
}

#else
static void add_block(int32_t *sums, const int8_t *x, const int8_t *weights, size_t groups)
{
    const engine_tap *const end = x + groups * ENGINE_GROUP;
    engine_dot_block(sums, 1, x, &end, weights);
}

static void add_pair(int32_t *sums, const int8_t *x, const int8_t *weights, size_t stride,
                     size_t groups)
{
    engine_dot_pair(sums, x, ENGINE_GROUP, weights, stride, groups);
}
#endif

/* The outputs of one row. */
static void add_row(const engine_fc_s8_params *p, const row *r, const int8_t *weights,
                    const int32_t *bias, engine_rescale rescale, int8_t *output)
{
    size_t left = p->outputs;
    int8_t *to = output;
    for (; left >= ENGINE_BLOCK; left -= ENGINE_BLOCK) {
        int32_t sums[ENGINE_BLOCK] = {bias[0], bias[1], bias[2], bias[3]};
        add_block(sums, r->x, weights, r->groups);
        weights += r->groups * ENGINE_GROUP * ENGINE_BLOCK;
        if (r->has_rest) {
            add_block(sums, r->rest, weights, 1);
            weights += ENGINE_GROUP * ENGINE_BLOCK;
        }
        engine_block_outputs_s8(to, 0, 1, sums, &rescale);
        to += ENGINE_BLOCK;
        bias += ENGINE_BLOCK;
    }
    /* of three a block that is not packed */
    const size_t stride = (left > 2 ? ENGINE_BLOCK : 2) * ENGINE_GROUP;
    while (left > 0) {
        int32_t sums[2] = {0};
        add_pair(sums, r->x, weights, stride, r->groups);
        if (r->has_rest) {
            add_pair(sums, r->rest, weights + r->groups * stride, stride, 1);
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
